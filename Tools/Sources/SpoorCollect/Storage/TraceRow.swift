// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel

/// A row of the table `traces`.
struct TraceRow: Sendable {
  var id: Int64 = 0
  let low: Int64
  var high: Int64 = 0
  let owner: Int64
  /// The root's start, otherwise the earliest one, in microseconds since 1970.
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
  /// The operation after which the trace is named.
  var root: Int64?
  var calls = CallList()
  var signature = Signature()

  init(_ traceID: ZipkinTraceID, owner: Int64) {
    low = Int64(bitPattern: traceID.low)
    high = Int64(bitPattern: traceID.high)
    self.owner = owner
  }

  /// Reads a row of ``selection``.
  init(_ row: Row) {
    self.init(number: { row.int(Int($0)) }, bytes: { row.bytes(Int($0)) ?? [] })
  }

  /// Reads the current row of ``WriterStatements/find``.
  init(_ found: PreparedStatement) {
    self.init(number: { found.number($0) }, bytes: { found.bytes($0) })
  }

  /// Reads the columns in the order of ``columns``, then the key.
  private init(number: (Int32) -> Int64?, bytes blob: (Int32) -> [UInt8]) {
    low = number(0) ?? 0
    high = number(1) ?? 0
    owner = number(2) ?? 0
    start = number(3)
    isRooted = number(4) == 1
    first = number(5)
    last = number(6)
    longest = number(7) ?? 0
    spans = Int(number(8) ?? 0)
    errors = Int(number(9) ?? 0)
    logs = Int(number(10) ?? 0)
    bytes = Int(number(11) ?? 0)
    root = number(12)
    calls = CallList(blob(13))
    signature = Signature(bits: (0..<Signature.lanes).map { UInt64(bitPattern: number(Int32(14 + $0)) ?? 0) })
    id = number(Int32(Self.count)) ?? 0
  }

  /// The identifier, 128 bits wide if any span had that form.
  var traceID: ZipkinTraceID? {
    ZipkinTraceID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
  }

  /// From the first start to the last end, in microseconds.
  var duration: Int64 {
    guard let first, let last else { return 0 }
    let (difference, overflow) = last.subtractingReportingOverflow(first)
    return overflow ? .max : difference
  }

  /// Merges the values of a piece that concern the whole trace. The writer counts its spans, because it knows which are
  /// repeated.
  mutating func merge(_ piece: TracePiece) {
    if high == 0, let id = piece.traceID { high = Int64(bitPattern: id.high) }
    // A trace that only has log records begins at its first record.
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
    logs += piece.logs.count
    signature.formUnion(piece.signature)
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
  /// The columns without the key, in the order in which this file reads and binds them.
  static let columns = names.joined(separator: ", ")
  /// The condition for the row of an id, ?1 being its lower half and ?2 the upper one, 0 for a 64-bit id: the exact
  /// one, else the one that is the same id in 64 or 128 bits, the oldest of several. Each step is a look-up in the
  /// index, so that many ids with the same lower half cost no more than others.
  static let hasID = """
    id = coalesce(
      (SELECT id FROM traces WHERE low = ?1 AND high = ?2),
      CASE WHEN ?2 = 0 THEN (SELECT min(id) FROM traces WHERE low = ?1)
        ELSE (SELECT id FROM traces WHERE low = ?1 AND high = 0) END)
    """
  /// What a query selects to read rows.
  static let selection = names.map { "traces.\($0)" }.joined(separator: ", ") + ", traces.id"
  static let count = names.count
  static let marks = Array(repeating: "?", count: count).joined(separator: ", ")
  /// The assignments of an update. A trace keeps its `low` and its `owner`.
  static let assignments = names.enumerated().filter { $0.element != "low" && $0.element != "owner" }
    .map { "\($0.element) = ?\($0.offset + 1)" }.joined(separator: ", ")
}
