import Foundation
import GRDB
import SpoorModel

extension TraceStore {
  /// Bytes of spans that one answer reads at most: a thousand traces of a hundred thousand spans do not fit anywhere.
  private static let answerBytes = 48 << 20
  /// Spans that one count of who calls whom reads at most, the newest first.
  private static let dependencySpans = 300_000

  /// The spans of a trace as received, or nil.
  func spans(of traceID: ZipkinTraceID) async throws -> [ZipkinSpan]? {
    try await pool.read { db in
      guard let row = try Self.row(traceID, db), row.spans > 0 else { return nil }
      return try Self.spans(row.id, db)
    }
  }

  /// The traces that a filter wants, the latest first, as received.
  func traces(_ filter: TraceFilter) async throws -> [[ZipkinSpan]] {
    try await pool.read { db in
      guard let statement = try TraceStatement(filter, db) else { return [] }
      let cursor = try Row.fetchCursor(db, sql: statement.sql, arguments: statement.arguments)
      var found: [[ZipkinSpan]] = []
      var bytes = 0
      while found.count < filter.limit, bytes < Self.answerBytes, let row = try cursor.next().map(TraceRow.init) {
        let spans = try Self.spans(row.id, db)
        guard !filter.needsSpans || filter.matches(spans, logs: []) else { continue }
        bytes += row.bytes
        found.append(spans)
      }
      return found
    }
  }

  /// The rows that a filter wants, the latest first, and the names of their operations.
  func summaries(_ filter: TraceFilter) async throws -> TraceSummaries {
    try await pool.read { db in
      var summaries = TraceSummaries()
      guard let statement = try TraceStatement(filter, db) else { return summaries }
      let cursor = try Row.fetchCursor(db, sql: statement.sql, arguments: statement.arguments)
      while summaries.rows.count < filter.limit, let row = try cursor.next().map(TraceRow.init) {
        if filter.needsSpans {
          let logs = row.logs > 0 ? try Self.logs(row.id, db).map(LogLine.words) : []
          guard filter.matches(try Self.spans(row.id, db), logs: logs) else { continue }
        }
        summaries.rows.append(row)
      }
      summaries.isCut = try summaries.rows.count == filter.limit && cursor.next() != nil
      var ids = Set(summaries.rows.compactMap(\.root))
      for row in summaries.rows { ids.formUnion(row.calls.operations) }
      for id in ids {
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT service, name FROM operations WHERE id = ?"), arguments: [id])
        if let row { summaries.operations[id] = Operation(service: row[0], name: row[1]) }
      }
      return summaries
    }
  }

  /// A trace's key in the store, for ``chunk(of:after:)``; `nil` where there is no such trace.
  func key(of traceID: ZipkinTraceID) async throws -> Int64? {
    try await pool.read { db in try Self.row(traceID, db)?.id }
  }

  /// Some of a trace's spans, and where to go on; no spans at the end. A large trace is read piece by piece.
  func chunk(of key: Int64, after: Int64) async throws -> (spans: [ZipkinSpan], last: Int64) {
    try await pool.read { db in
      let cursor = try Row.fetchCursor(
        db, sql: "SELECT id, body FROM chunks WHERE trace = ? AND id > ? ORDER BY id", arguments: [key, after])
      var spans: [ZipkinSpan] = []
      var last = after
      while spans.count < 4000, let row = try cursor.next() {
        last = row[0]
        spans += Self.decoded(row[1])
      }
      return (spans, last)
    }
  }

  /// The log records of a trace in order of time.
  func logs(of key: Int64) async throws -> [[UInt8]] { try await pool.read { db in try Self.logs(key, db) } }

  /// The sorted names of services that recorded spans.
  func services() async throws -> [String] {
    try await pool.read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT service FROM operations WHERE service <> '' ORDER BY service LIMIT 10000")
    }
  }

  /// The sorted names of a service's spans.
  func spanNames(of service: String) async throws -> [String] {
    try await pool.read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM operations WHERE service = ? AND name <> '' ORDER BY name LIMIT 10000",
        arguments: [service.lowercased()])
    }
  }

  /// The sorted names of the services that a service called or was called by.
  func remoteServices(of service: String) async throws -> [String] {
    try await pool.read { db in
      try String.fetchAll(
        db, sql: "SELECT remote FROM remotes WHERE service = ? ORDER BY remote", arguments: [service.lowercased()])
    }
  }

  /// The sorted keys of tags in the latest traces, or the values of one of them.
  func tags(_ key: String?) async throws -> [String] {
    var filter = TraceFilter()
    filter.limit = 200
    if let key { filter.conditions = [Condition(key: key, comparison: nil, value: "")] }
    var names: Set<String> = []
    for span in try await traces(filter).joined() {
      if let key {
        if let value = span.tag(key), value.utf8.count <= 200 { names.insert(value) }
      } else {
        names.formUnion(span.tags.map(\.key))
      }
      if names.count >= 1000 { break }
    }
    return names.sorted()
  }

  /// Adds the trees of the traces in a window of microseconds to a result, the newest first, up to a bound of spans.
  func reduceTrees<Result: Sendable>(
    in window: ClosedRange<Int64>, into start: Result, _ add: @escaping @Sendable (inout Result, TraceTree) -> Void
  ) async throws -> Result {
    var filter = TraceFilter()
    filter.window = window
    return try await pool.read { [filter] db in
      var result = start
      guard let statement = try TraceStatement(filter, db) else { return result }
      let cursor = try Row.fetchCursor(db, sql: statement.sql, arguments: statement.arguments)
      var spans = 0
      while spans < Self.dependencySpans, let row = try cursor.next().map(TraceRow.init) {
        spans += row.spans
        add(&result, TraceTree(try Self.spans(row.id, db)))
      }
      return result
    }
  }

  private static func row(_ traceID: ZipkinTraceID, _ db: Database) throws -> TraceRow? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM traces WHERE low = ?"), arguments: [Int64(bitPattern: traceID.low)]
    ).map(TraceRow.init)
  }

  private static func spans(_ key: Int64, _ db: Database) throws -> [ZipkinSpan] {
    let bodies = try Data.fetchCursor(
      db.cachedStatement(sql: "SELECT body FROM chunks WHERE trace = ? ORDER BY id"), arguments: [key])
    var spans: [ZipkinSpan] = []
    while let body = try bodies.next() { spans += decoded(body) }
    return spans
  }

  private static func logs(_ key: Int64, _ db: Database) throws -> [[UInt8]] {
    try Data.fetchAll(
      db.cachedStatement(sql: "SELECT body FROM logs WHERE trace = ? ORDER BY time, id"), arguments: [key]
    ).map { [UInt8]($0) }
  }

  /// What the store wrote itself; a file that was damaged gives what can still be read.
  private static func decoded(_ body: Data) -> [ZipkinSpan] { (try? ZipkinProtoDecoder.spans([UInt8](body))) ?? [] }
}
