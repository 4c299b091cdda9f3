// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Logging
import SpoorModel

/// Copies the readable part of a damaged store into a new one, and sets the damaged file aside.
struct StoreSalvage {
  let path: String
  let configuration: Configuration
  let maximumBytes: Int
  /// Whether transactions are lost that are not in the store itself.
  let isLogDamaged: Bool

  /// - Throws: ``StoreError`` if the files cannot be moved or the new store cannot be written.
  func run(_ reason: String, _ logger: Logger) throws(StoreError) {
    logger.warning("the store \(path) is damaged (\(reason)) and is being repaired, which may take minutes")
    let stamp = Date().ISO8601Format(.init(dateSeparator: .omitted, timeSeparator: .omitted))
    let aside = "\(path).damaged-\(stamp)-\(UUID().uuidString.prefix(8))"
    let fresh = path + ".repairing"
    for suffix in ["", "-wal", "-shm"] { unsafe unlink(fresh + suffix) }
    let outcome: Outcome
    do {
      outcome = try copy(to: fresh)
    } catch {
      throw StoreError("the store \(path) is damaged (\(reason)) and cannot be repaired: \(error)")
    }
    for suffix in ["", "-wal", "-shm"] {
      if unsafe rename(path + suffix, aside + suffix) != 0, errno != ENOENT {
        throw StoreError("the damaged store \(path) cannot be set aside: \(StoreError.reason())")
      }
      if unsafe rename(fresh + suffix, path + suffix) != 0, errno != ENOENT {
        throw StoreError("the repaired store \(path) cannot be put in place: \(StoreError.reason())")
      }
    }
    var lost = "how much is lost cannot be told"
    if let held = outcome.held, !isLogDamaged {
      lost =
        "spans lost: \(max(0, held.spans - outcome.spans)), log records lost: \(max(0, held.logs - outcome.logs))"
    }
    if !outcome.incomplete.isEmpty {
      lost += ", among others of the traces \(outcome.incomplete.joined(separator: " "))"
    }
    logger.error(
      """
      the store \(path) was damaged (\(reason)): spans recovered: \(outcome.spans), log records recovered: \
      \(outcome.logs), \(lost); the damaged file is kept as \(aside)
      """)
  }

  private struct Outcome {
    var spans = 0
    var logs = 0
    /// The counters of the damaged store; `nil` if they cannot be read.
    var held: (spans: Int, logs: Int)?
    /// Some of the traces with fewer spans than the store's counters.
    var incomplete: [String] = []
  }

  private func copy(to fresh: String) throws -> Outcome {
    var outcome = Outcome()
    let descriptor = unsafe open(fresh, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError("\(fresh) cannot be made: \(StoreError.reason())") }
    close(descriptor)
    let new = try DatabaseQueue(path: fresh, configuration: configuration)
    defer { try? new.close() }
    try Schema.migrator.migrate(new)
    // If the header or the table of contents is damaged, nothing can be read.
    guard let old = try? DatabasePool(path: path, configuration: configuration) else { return outcome }
    defer { try? old.close() }
    try new.write { db in
      var writer = TraceWriter(maximumBytes: maximumBytes)
      let origins = OriginCache()
      defer { writer.close() }
      var counts = StoreCounts()
      try old.unsafeRead { source in
        outcome.held = held(source)
        let hasSums = (try? source.columns(in: "chunks").contains { $0.name == "sum" }) ?? false
        try walk("chunks", hasSums, source) { body, sum in
          for piece in TracePiece.pieces(of: StoredTrace.decoded(body, sum, source, origins, keepsContent: true).spans)
          {
            try writer.write(piece, db, &counts)
          }
        }
        try walk("logs", hasSums, source) { body, sum in
          guard let line = StoredTrace.readable(body, sum).flatMap({ LogLine($0) }) else { return }
          for piece in TracePiece.pieces(of: [line]) { try writer.write(piece, db, &counts) }
        }
        outcome.incomplete = missing(source, db)
      }
      try writer.finish(db)
      let evicted = try Eviction(maximumBytes: maximumBytes).run(db)
      outcome.spans = counts.spans
      outcome.logs = counts.logs
      counts.subtract(evicted)
      try counts.save(db)
    }
    return outcome
  }

  /// The counters of the damaged store.
  private func held(_ source: Database) -> (spans: Int, logs: Int)? {
    guard let counts = try? StoreCounts(source) else { return nil }
    return (counts.spans, counts.logs)
  }

  /// Calls `body` with every readable row of a table, in the order of its key. It skips damaged pages.
  private func walk(
    _ table: String, _ hasSums: Bool, _ source: Database,
    _ take: (_ body: [UInt8], _ sum: Int64?) throws -> Void
  ) throws {
    let columns = "id, body, \(hasSums ? "sum" : "NULL")"
    // The last key, from the table or, if that is damaged there, from its index.
    let ends = ["SELECT max(id) FROM \(table)", "SELECT max(id) FROM \(table) INDEXED BY \(table)_by_trace"]
    guard let last = ends.lazy.compactMap({ try? Row.fetchOne(source, sql: $0)?.int(0) }).first else { return }
    var next: Int64 = 0
    var step: Int64 = 1
    while next <= last {
      var failure: (any Error)?
      do {
        let rows = try Row.fetchCursor(
          source, sql: "SELECT \(columns) FROM \(table) WHERE id >= ? ORDER BY id", arguments: [next])
        while let row = try rows.next() {
          guard let id = row.int(0), id >= next else { break }
          next = id.addingClamped(1)
          step = 1
          do { if let body = row.bytes(1) { try take(body, row.int(2)) } } catch {
            failure = error
            break
          }
        }
        if let failure { throw failure }
        return
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
        if failure != nil { throw error }
        // Keys are skipped in growing steps, because a page holds one row or hundreds.
        next = next.addingClamped(step)
        step = min(step * 2, 1 << 40)
      }
    }
  }

  /// Traces of which the new store has fewer spans than the old one, as far as that can be read; at most ten.
  private func missing(_ source: Database, _ new: Database) -> [String] {
    var found: [String] = []
    guard let rows = try? Row.fetchCursor(source, sql: "SELECT low, high, spans FROM traces ORDER BY id") else {
      return []
    }
    while found.count < 10, let row = (try? rows.next()) ?? nil {
      guard let low = row.int(0), let high = row.int(1), let spans = row.int(2),
        let id = ZipkinTraceID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
      else { continue }
      let has = try? Int64.fetchOne(
        new, sql: "SELECT spans FROM traces WHERE low = ? AND high = ?", arguments: [low, high])
      if has ?? 0 < spans { found.append(id.description) }
    }
    return found
  }
}
