import Foundation
import GRDB
import SpoorModel

/// A trace as the table `traces` has it.
struct TraceRow: Sendable {
  var id: Int64 = 0
  let low: Int64
  var high: Int64 = 0
  let owner: Int64
  /// The root's start, else the earliest, in microseconds since 1970.
  var start: Int64?
  var isRooted = false
  var first: Int64?
  var last: Int64?
  /// Microseconds.
  var longest: Int64 = 0
  var spans = 0
  var errors = 0
  var logs = 0
  var bytes = 0
  /// The operation that the trace is named after.
  var root: Int64?
  var calls = CallList()
  var signature = Signature()

  init(low: Int64, owner: Int64) {
    self.low = low
    self.owner = owner
  }

  init(_ row: Row) {
    id = row["id"]
    low = row["low"]
    high = row["high"]
    owner = row["owner"]
    start = row["start"]
    isRooted = row["rooted"]
    first = row["first"]
    last = row["last"]
    longest = row["longest"]
    spans = row["spans"]
    errors = row["errors"]
    logs = row["logs"]
    bytes = row["bytes"]
    root = row["root"]
    calls = CallList([UInt8](row["calls"] as Data))
    signature = Signature(bits: (0..<Signature.lanes).map { UInt64(bitPattern: row["s\($0)"]) })
  }

  /// The identifier, 128 bits wide where any span had it so.
  var traceID: ZipkinTraceID? {
    ZipkinTraceID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
  }

  /// From the first start to the last end, in microseconds.
  var duration: Int64 {
    guard let first, let last else { return 0 }
    let (difference, overflow) = last.subtractingReportingOverflow(first)
    return overflow ? .max : difference
  }

  mutating func merge(_ piece: TracePiece) {
    if high == 0 { high = Int64(bitPattern: piece.traceID.high) }
    // A trace of log records alone lies where its first record does.
    let time = piece.first ?? piece.logs.first.flatMap { $0.time > 0 ? $0.time : nil }
    if let rootStart = piece.rootStart {
      start = isRooted ? min(start ?? rootStart, rootStart) : rootStart
      isRooted = true
    } else if !isRooted, let time {
      start = min(start ?? time, time)
    }
    if let begun = piece.first { first = min(first ?? begun, begun) }
    if let ended = piece.last { last = max(last ?? ended, ended) }
    longest = max(longest, piece.longest)
    spans += piece.spans
    errors += piece.errors
    logs += piece.logs.count
    signature.formUnion(piece.signature)
  }

  /// Inserts or updates the row; `id` is set after it.
  mutating func save(_ db: Database, isNew: Bool) throws {
    var values: [(any DatabaseValueConvertible)?] = [
      low, high, owner, start, isRooted, first, last, longest, spans, errors, logs, bytes, root,
      calls.bytes.databaseBlob,
    ]
    for lane in signature.bits { values.append(Int64(bitPattern: lane)) }
    if isNew {
      try db.cachedStatement(sql: Self.insert).execute(arguments: StatementArguments(values))
      id = db.lastInsertedRowID
    } else {
      values.append(id)
      try db.cachedStatement(sql: Self.update).execute(arguments: StatementArguments(values))
    }
  }

  private static let columns =
    "low, high, owner, start, rooted, first, last, longest, spans, errors, logs, bytes, root, calls,"
    + " s0, s1, s2, s3, s4, s5, s6, s7"
  private static let marks = Array(repeating: "?", count: 22).joined(separator: ", ")
  private static let insert = "INSERT INTO traces (\(columns)) VALUES (\(marks))"
  private static let update = "UPDATE traces SET (\(columns)) = (\(marks)) WHERE id = ?"
}

extension [UInt8] {
  /// The bytes as a value for SQLite.
  var databaseBlob: Data { Data(self) }
}
