// SPDX-License-Identifier: Apache-2.0

import GRDB
import SpoorModel

/// Reads a trace's rows. A damaged row only loses its own content.
enum StoredTrace {
  /// The spans of a trace as received, up to an estimated size in memory, and whether anything is missing.
  static func spans(
    of trace: Int64, _ db: Database, _ origins: OriginCache, maximumCost: Int = .max,
    _ check: () throws -> Void = {}
  ) throws -> (spans: [ZipkinSpan], lost: Int, isCut: Bool) {
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT body, sum FROM chunks WHERE trace = ? ORDER BY id"), arguments: [trace])
    var spans: [ZipkinSpan] = []
    var cost = 0
    var lost = 0
    while let row = try rows.next() {
      try check()
      let chunk = decoded(row.bytes(0) ?? [], row.int(1), db, origins)
      lost += chunk.lost
      for span in chunk.spans {
        cost += span.memoryCost
        if cost > maximumCost { return (spans, lost, true) }
        spans.append(span)
      }
    }
    return (spans, lost, false)
  }

  /// The spans of a body, and how many of it cannot be read.
  ///
  /// - Parameter keepsContent: whether spans that came by OTLP keep what Zipkin has no place for.
  static func decoded(
    _ body: [UInt8], _ sum: Int64?, _ db: Database, _ origins: OriginCache, keepsContent: Bool = false
  ) -> (spans: [ZipkinSpan], lost: Int) {
    let (spans, lost) = StoredSpans.readable(body, keepsContent: keepsContent) { origins.origin($0, db) }
    // What decodes of a damaged body may be wrong in any place; it is shown, and counted as damaged.
    return Checksum.matches(body, sum) ? (spans, lost) : (spans, lost + 1)
  }

  /// The log records of a trace in order of time, damaged ones left out.
  static func logs(of trace: Int64, _ db: Database) throws -> [[UInt8]] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT body, sum FROM logs WHERE trace = ? ORDER BY time, id"), arguments: [trace])
    var logs: [[UInt8]] = []
    while let row = try rows.next() {
      if let line = readable(row.bytes(0) ?? [], row.int(1)) { logs.append(line) }
    }
    return logs
  }

  /// A record in a form that a response may contain unchanged. A record with a correct checksum was encoded by this
  /// program; rows of the store's first version are as the sender wrote them, and are re-encoded.
  static func readable(_ body: [UInt8], _ sum: Int64?) -> [UInt8]? {
    guard let sum else { return JSONObjectText(body)?.bytes }
    return Checksum.matches(body, sum) ? body : nil
  }
}
