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

  /// Reads the current row of ``WriterStatements/find``.
  init(_ found: PreparedStatement) {
    low = found.number(0) ?? 0
    high = found.number(1) ?? 0
    owner = found.number(2) ?? 0
    start = found.number(3)
    isRooted = found.number(4) == 1
    first = found.number(5)
    last = found.number(6)
    longest = found.number(7) ?? 0
    spans = Int(found.number(8) ?? 0)
    errors = Int(found.number(9) ?? 0)
    logs = Int(found.number(10) ?? 0)
    bytes = Int(found.number(11) ?? 0)
    root = found.number(12)
    calls = CallList(found.bytes(13))
    signature = Signature(
      bits: (0..<Signature.lanes).map { UInt64(bitPattern: found.number(Int32(14 + $0)) ?? 0) })
    id = found.number(Int32(Self.count)) ?? 0
  }

  /// Inserts or updates the row; `id` is set after it.
  mutating func save(_ db: Database, _ statements: WriterStatements, isNew: Bool) throws {
    let statement = isNew ? statements.insert : statements.update
    for (place, value) in [
      low, high, owner, start, isRooted ? 1 : 0, first, last, longest, Int64(spans), Int64(errors), Int64(logs),
      Int64(bytes), root,
    ].enumerated() { statement.bind(value, at: Int32(place + 1)) }
    statement.bind(calls.bytes, at: 14)
    for (lane, bits) in signature.bits.enumerated() { statement.bind(Int64(bitPattern: bits), at: Int32(15 + lane)) }
    if !isNew { statement.bind(id, at: Int32(Self.count + 1)) }
    try statement.run()
    if isNew { id = db.lastInsertedRowID }
  }

  private static let names =
    ["low", "high", "owner", "start", "rooted", "first", "last", "longest", "spans", "errors", "logs", "bytes"]
    + ["root", "calls"] + (0..<Signature.lanes).map { "s\($0)" }
  /// The columns but for the key, in the order in which this file reads and binds them.
  static let columns = names.joined(separator: ", ")
  static let count = names.count
  static let marks = Array(repeating: "?", count: count).joined(separator: ", ")
  /// What an update sets: a trace keeps its `low` and its `owner`.
  static let assignments = names.enumerated().filter { $0.element != "low" && $0.element != "owner" }
    .map { "\($0.element) = ?\($0.offset + 1)" }.joined(separator: ", ")
}
