// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The SQL of a search: the keys and starts of candidates, the newest first, from an index.
struct TraceStatement {
  let sql: String
  /// Their number.
  let countSQL: String
  let values: [Int64]
  /// Operations one of which must occur in a candidate; `nil` if the statement has that condition, or there is none.
  let operations: [Int64]?

  /// If more traces than this have the operation, walking the window from its newest end is faster.
  private static let rare = 2000

  /// `nil` if nothing can match, because no such operation is in the store.
  init?(_ filter: TraceFilter, _ db: Database) throws {
    var conditions = ["traces.start BETWEEN ? AND ?", "traces.spans > 0"]
    var values: [Int64] = [filter.window.lowerBound, filter.window.upperBound]
    if filter.errorsOnly { conditions.append("traces.errors > 0") }
    if let duration = filter.spanDuration {
      conditions.append("traces.longest >= ?")
      values.append(duration.lowerBound)
    }
    if let duration = filter.traceDuration {
      // The times of a trace with a wrong clock are checked again when they are corrected.
      conditions.append("(traces.last - traces.first BETWEEN ? AND ? OR traces.first < traces.start)")
      values += [duration.lowerBound, duration.upperBound]
    }
    Self.require(filter.signature, orNested: filter.needsLogs, &conditions, &values)
    var source = "traces INDEXED BY traces_by_start"
    var common: [Int64]?
    if filter.service != nil || filter.name != nil {
      let operations = try Self.operations(filter, db)
      if operations.isEmpty { return nil }
      let list = operations.map(String.init).joined(separator: ",")
      let count = try Int.fetchOne(
        db,
        sql: "SELECT count(*) FROM (SELECT 1 FROM occurrences WHERE operation IN (\(list)) LIMIT \(Self.rare))")
      if count == Self.rare {
        common = operations
      } else {
        // CROSS JOIN makes SQLite keep this order.
        source =
          "(SELECT DISTINCT trace FROM occurrences WHERE operation IN (\(list))) AS found"
          + " CROSS JOIN traces ON traces.id = found.trace"
      }
    }
    let wanted = conditions.joined(separator: " AND ")
    countSQL = "SELECT count(*) FROM \(source) WHERE \(wanted)"
    sql = "SELECT traces.id, traces.start FROM \(source) WHERE \(wanted) ORDER BY traces.start DESC"
    self.values = values
    self.operations = common
  }

  /// The traces that have all words of a signature. A log record with nested objects may have fields that are not among
  /// a trace's words.
  private static func require(
    _ signature: Signature, orNested: Bool, _ conditions: inout [String], _ values: inout [Int64]
  ) {
    func condition(_ signature: Signature) -> String? {
      let parts = signature.bits.enumerated().filter { $0.element != 0 }.map { lane, bits in
        let bits = Int64(bitPattern: bits)
        values += [bits, bits]
        return "traces.s\(lane) & ? = ?"
      }
      return parts.isEmpty ? nil : parts.joined(separator: " AND ")
    }
    guard let words = condition(signature) else { return }
    if orNested, let nested = condition(.nested) {
      conditions.append("((\(words)) OR (\(nested)))")
    } else {
      conditions.append(words)
    }
  }

  /// The maximum number of operations with one name in a search, because they are listed in the statement.
  private static let most = 10_000

  private static func operations(_ filter: TraceFilter, _ db: Database) throws -> [Int64] {
    switch (filter.service, filter.name) {
    case (let service?, let name?):
      try Int64.fetchAll(
        db, sql: "SELECT id FROM operations WHERE service = ? AND name = ?",
        arguments: [Operation.indexed(service), Operation.indexed(name)])
    case (let service?, nil):
      try Int64.fetchAll(
        db, sql: "SELECT id FROM operations WHERE service = ? LIMIT \(most)", arguments: [Operation.indexed(service)])
    case (nil, let name):
      try Int64.fetchAll(
        db, sql: "SELECT id FROM operations WHERE name = ? LIMIT \(most)",
        arguments: [name.map { Operation.indexed($0) }])
    }
  }
}
