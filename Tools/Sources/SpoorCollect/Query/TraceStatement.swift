import GRDB

/// The SQL of a search: candidates, the newest first, found by an index.
struct TraceStatement {
  let sql: String
  let arguments: StatementArguments

  /// Beyond so many traces with the operation asked for, walking the window from its newest end finds enough sooner.
  private static let rare = 2000

  /// `nil` where nothing can match, for no such operation was ever recorded.
  init?(_ filter: TraceFilter, _ db: Database) throws {
    var conditions = ["traces.start BETWEEN ? AND ?", "traces.spans > 0"]
    var values: [any DatabaseValueConvertible] = [filter.window.lowerBound, filter.window.upperBound]
    if filter.errorsOnly { conditions.append("traces.errors > 0") }
    if let duration = filter.spanDuration {
      conditions.append("traces.longest >= ?")
      values.append(duration.lowerBound)
    }
    if let duration = filter.traceDuration {
      conditions.append("traces.last - traces.first BETWEEN ? AND ?")
      values += [duration.lowerBound, duration.upperBound]
    }
    for (lane, bits) in filter.signature.bits.enumerated() where bits != 0 {
      conditions.append("traces.s\(lane) & ? = ?")
      let bits = Int64(bitPattern: bits)
      values += [bits, bits]
    }
    var source = "traces INDEXED BY traces_by_start"
    if filter.service != nil || filter.name != nil {
      let operations = try Self.operations(filter, db)
      if operations.isEmpty { return nil }
      let list = operations.map(String.init).joined(separator: ",")
      let count = try Int.fetchOne(
        db,
        sql: "SELECT count(*) FROM (SELECT 1 FROM occurrences WHERE operation IN (\(list)) LIMIT \(Self.rare))")
      if count == Self.rare {
        conditions.append(
          "EXISTS (SELECT 1 FROM occurrences WHERE operation IN (\(list)) AND trace = traces.id)")
      } else {
        // CROSS JOIN: SQLite keeps to this order.
        source =
          "(SELECT DISTINCT trace FROM occurrences WHERE operation IN (\(list))) AS found"
          + " CROSS JOIN traces ON traces.id = found.trace"
      }
    }
    sql =
      "SELECT traces.* FROM \(source) WHERE \(conditions.joined(separator: " AND ")) ORDER BY traces.start DESC"
    arguments = StatementArguments(values)
  }

  private static func operations(_ filter: TraceFilter, _ db: Database) throws -> [Int64] {
    switch (filter.service, filter.name) {
    case (let service?, let name?):
      try Int64.fetchAll(
        db, sql: "SELECT id FROM operations WHERE service = ? AND name = ?", arguments: [service, name])
    case (let service?, nil):
      try Int64.fetchAll(db, sql: "SELECT id FROM operations WHERE service = ?", arguments: [service])
    case (nil, let name):
      try Int64.fetchAll(db, sql: "SELECT id FROM operations WHERE name = ?", arguments: [name])
    }
  }
}
