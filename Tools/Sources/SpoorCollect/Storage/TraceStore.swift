// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Logging
import SpoorModel

/// Spans and log records in an SQLite file of bounded size.
///
/// There are one writer and several readers: a search never waits for incoming records (WAL). When `add` returns, its
/// records are in the file and survive a killed process. Only a crash of the machine may lose the last moments. Above
/// the limit whole traces are evicted (``Eviction``) and counted. The file is at most as large as the limit; its log
/// beside it takes at most 64 MiB, because no query lasts long. `lock` guards everything mutable, except `writer`,
/// which is only accessed within `pool.write`, one at a time.
final class TraceStore: @unchecked Sendable {
  let pool: DatabasePool
  let workers: QueryWorkers
  /// Held while a large trace is in memory. One at a time bounds the memory of all queries together.
  let largeTrace = NSLock()
  let times = CorrectedTimes()
  let origins = OriginCache()
  private let logger: Logger
  private let eviction: Eviction
  private let file: StoreFile
  private let lock = NSLock()
  private var counts = StoreCounts()
  private var writer: TraceWriter
  private var queue: IngestQueue?
  let changes = ChangeBroadcast()

  /// - Parameters:
  ///   - path: the file, created if missing, or a directory for it; `nil` for a private temporary store that is deleted
  ///     when the store closes.
  ///   - maximumBytes: the maximum size of the file's pages in use.
  ///   - queueBytes: the maximum size of the records that wait to be written.
  ///   - logger: receives errors about damage.
  /// - Throws: ``StoreError`` if the store is in use, of a later version, or cannot be written.
  init(
    path: String?, maximumBytes: Int, queueBytes: Int = 32 << 20, queryLimit: Duration = .seconds(30),
    logger: Logger = Logger(label: "spoor.collect")
  ) throws {
    self.logger = logger
    let file = try StoreFile(path)
    self.file = file
    var configuration = Configuration()
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { [isTemporary = file.isTemporary] db in
      // Surviving a kill needs no fsync, and a temporary store does not survive a crash of the machine anyway.
      if isTemporary { try db.execute(sql: "PRAGMA synchronous = OFF") }
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864")
      try db.execute(sql: "PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON")
    }
    pool = try file.pool(configuration, maximumBytes: maximumBytes, logger: logger)
    eviction = Eviction(maximumBytes: maximumBytes)
    writer = TraceWriter(maximumBytes: maximumBytes)
    workers = QueryWorkers(threads: 3, limit: queryLimit)
    counts = try pool.read { db in
      var counts = try StoreCounts(db)
      counts.bytes = try Eviction.usedBytes(db)
      return counts
    }
    try StoreCheck.report(pool, path: file.path, logger)
    queue = IngestQueue(limit: queueBytes) { [weak self] batches in try await self?.commit(batches) }
  }

  deinit {
    writer.close()
    try? pool.close()
    if let ownDirectory = file.ownDirectory { try? FileManager.default.removeItem(at: ownDirectory) }
  }

  /// The state of the counters.
  var currentCounts: StoreCounts { lock.withLock { counts } }

  /// Counts rows that were found damaged, and logs the first of each response.
  func note(damaged rows: Int, of trace: ZipkinTraceID?) {
    guard rows > 0 else { return }
    lock.withLock { counts.rowsDamaged += rows }
    logger.error("the trace \(trace?.description ?? "?") has \(rows) damaged rows in the store \(file.path)")
  }

  /// Counts spans that were refused before they reached the store.
  func note(refused spans: Int) { lock.withLock { counts.spansRefused += spans } }

  /// Logs a failure of the store that a response could not report.
  func log(_ failure: any Error) { logger.error("the store \(file.path) failed: \(failure)") }

  /// Adds spans. When it returns they are in the file and visible to the next query.
  /// - Throws: ``IngestQueue/Refusal``.
  func add(_ spans: [ZipkinSpan]) async throws { try await submit(TracePiece.pieces(of: spans)) }

  /// Adds log records.
  /// - Throws: ``IngestQueue/Refusal``.
  func add(logs: [LogLine]) async throws {
    noteWithoutTrace(logs.count { $0.traceID == nil })
    try await submit(TracePiece.pieces(of: logs))
  }

  /// Counts lines that were no log records.
  func note(refusedLines lines: Int) {
    if lines > 0 { lock.withLock { counts.linesRefused += lines } }
  }

  /// Counts log records without a trace id.
  func noteWithoutTrace(_ records: Int) {
    if records > 0 { lock.withLock { counts.logsWithoutTrace += records } }
  }

  /// Adds prepared pieces.
  /// - Throws: ``IngestQueue/Refusal``.
  func submit(_ pieces: [TracePiece]) async throws {
    let batch = IngestQueue.Batch(pieces)
    do {
      try await queue?.submit(batch)
    } catch {
      lock.withLock {
        counts.spansRefused += batch.spans
        counts.linesRefused += batch.logs
      }
      throw error
    }
    if let refused = batch.outcome.refusal {
      lock.withLock {
        counts.spansRefused += refused.spans
        counts.linesRefused += refused.logs
      }
      throw IngestQueue.Refusal.record(refused.text, spans: refused.spans, logs: refused.logs)
    }
  }

  private func commit(_ batches: [IngestQueue.Batch]) async throws {
    let before = currentCounts
    let after = try await pool.write { [self] db in
      var after = before
      do {
        for batch in batches { try write(batch, db, &after) }
        try writer.finish(db)
        let evicted = try eviction.run(db)
        writer.forget(evicted)
        after.subtract(evicted)
        after.bytes = try Eviction.usedBytes(db)
        try after.save(db)
      } catch {
        // The names that the writer cached in a failed transaction are not in the file.
        writer.close()
        writer = TraceWriter(maximumBytes: eviction.maximumBytes)
        throw error
      }
      return after
    }
    lock.withLock {
      var kept = after
      kept.spansRefused = counts.spansRefused
      kept.logsWithoutTrace = counts.logsWithoutTrace
      kept.linesRefused = counts.linesRefused
      kept.rowsDamaged = counts.rowsDamaged
      counts = kept
    }
    changes.publish()
  }

  /// Writes a request's pieces. If one of them cannot be stored, the others still are.
  private func write(_ batch: IngestQueue.Batch, _ db: Database, _ counts: inout StoreCounts) throws {
    if try isWritten(batch.pieces, db, &counts) == nil { return }
    for piece in batch.pieces {
      if let reason = try isWritten([piece], db, &counts) { batch.outcome.refuse(piece, reason) }
    }
  }

  /// Writes pieces within a savepoint. If they cannot be stored, returns the reason, and none of them is stored.
  /// - Throws: errors of the file itself, which concern every record.
  private func isWritten(_ pieces: [TracePiece], _ db: Database, _ counts: inout StoreCounts) throws -> String? {
    let (before, growth) = (counts, writer.growth)
    var reason: String?
    try db.inSavepoint {
      do {
        for piece in pieces { try writer.write(piece, db, &counts) }
        return .commit
      } catch let error as DatabaseError where Self.concernsRecord(error) {
        reason = error.message ?? "\(error.resultCode)"
        return .rollback
      }
    }
    if reason == nil {
      writer.commit()
    } else {
      counts = before
      writer.rollBack(grown: growth)
    }
    return reason
  }

  private static func concernsRecord(_ error: DatabaseError) -> Bool {
    [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE].contains(error.resultCode)
  }
}
