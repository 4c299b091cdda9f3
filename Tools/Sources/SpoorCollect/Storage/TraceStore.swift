import Foundation
import GRDB
import SpoorModel

/// Spans and log records in a SQLite file, within a bound.
///
/// One writer, many readers: a search never waits for what comes in (WAL). What `add` has returned from has been written
/// to the file: the process may be killed, and the next one has it. Only a crash of the machine itself may lose the last
/// moments. What goes beyond the bound evicts whole traces (``Eviction``), and is counted. The file is as large as the
/// bound at most; its log beside it takes 64 MiB at most while no search is older than that.
/// Everything mutable is guarded by `lock`, but for `writer`, which is touched by one `pool.write` at a time.
final class TraceStore: @unchecked Sendable {
  let pool: DatabasePool
  private let eviction: Eviction
  private let ownDirectory: URL?
  private let lock = NSLock()
  private var counts = StoreCounts()
  /// Touched within `pool.write` only, which runs one at a time.
  private var writer: TraceWriter
  private var queue: IngestQueue?
  let changes = ChangeBroadcast()

  /// - Parameters:
  ///   - path: the file, made if missing; `nil` for a private temporary one that goes when the store closes.
  ///   - maximumBytes: of the file's pages in use.
  ///   - queueBytes: that may wait for being written.
  init(path: String?, maximumBytes: Int, queueBytes: Int = 32 << 20) throws {
    let directory = path == nil ? try StorageDirectory.make() : nil
    let file = path ?? directory?.appending(path: "traces.sqlite").path ?? ""
    if !FileManager.default.fileExists(atPath: file) {
      // The log and the shared memory beside it take over its permissions.
      guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]) else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file])
      }
    }
    var configuration = Configuration()
    configuration.maximumReaderCount = 3
    configuration.prepareDatabase { db in
      // A kill needs no fsync, and a file of our own does not outlive the machine's crash anyway.
      if directory != nil { try db.execute(sql: "PRAGMA synchronous = OFF") }
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864")
      try db.execute(sql: "PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY")
    }
    pool = try DatabasePool(path: file, configuration: configuration)
    try Schema.migrator.migrate(pool)
    ownDirectory = directory
    eviction = Eviction(maximumBytes: maximumBytes)
    var counts = StoreCounts()
    (writer, counts) = try pool.read { [counts] db in
      var counts = counts
      for (name, path) in StoreCounts.kept {
        counts[keyPath: path] =
          try Int.fetchOne(db, sql: "SELECT value FROM counters WHERE name = ?", arguments: [name]) ?? 0
      }
      counts.bytes = try Eviction.usedBytes(db)
      return (try TraceWriter(db), counts)
    }
    self.counts = counts
    queue = IngestQueue(limit: queueBytes) { [weak self] batches in try await self?.commit(batches) }
  }

  deinit {
    writer.close()
    try? pool.close()
    if let ownDirectory { try? FileManager.default.removeItem(at: ownDirectory) }
  }

  /// The state of the counters.
  var currentCounts: StoreCounts { lock.withLock { counts } }

  /// Takes spans in. They are in the file, and visible to the next query, when it returns.
  /// - Throws: ``IngestQueue/Refusal``.
  func add(_ spans: [ZipkinSpan]) async throws { try await submit(TracePiece.pieces(of: spans)) }

  /// Takes log records in.
  /// - Throws: ``IngestQueue/Refusal``.
  func add(logs: [LogLine]) async throws {
    let without = logs.count { $0.traceID == nil }
    if without > 0 { lock.withLock { counts.logsWithoutTrace += without } }
    try await submit(TracePiece.pieces(of: logs))
  }

  private func submit(_ pieces: [TracePiece]) async throws {
    let batch = IngestQueue.Batch(pieces)
    do {
      try await queue?.submit(batch)
    } catch {
      lock.withLock { counts.spansRefused += batch.spans }
      throw error
    }
  }

  private func commit(_ batches: [IngestQueue.Batch]) async throws {
    let before = currentCounts
    let after = try await pool.write { [self] db in
      var after = before
      // A transaction that fails has taught the writer names that are not in the file.
      let known = writer
      do {
        for batch in batches { for piece in batch.pieces { try writer.write(piece, db, &after) } }
        try writer.finish(db)
        let evicted = try eviction.run(db)
        writer.forget(operations: evicted.operations)
        after.traces -= evicted.traces
        after.spans -= evicted.spans
        after.logs -= evicted.logs
        after.tracesEvicted += evicted.traces
        after.spansEvicted += evicted.spans
        after.bytes = try Eviction.usedBytes(db)
        for (name, path) in StoreCounts.kept {
          try db.cachedStatement(sql: "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)")
            .execute(arguments: [name, after[keyPath: path]])
        }
      } catch {
        writer = known
        throw error
      }
      return after
    }
    lock.withLock {
      var kept = after
      kept.spansRefused = counts.spansRefused
      kept.logsWithoutTrace = counts.logsWithoutTrace
      counts = kept
    }
    changes.publish()
  }
}
