// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The counters of a store: its content, and the records that it no longer has or never had.
struct StoreCounts: Sendable, Hashable {
  /// The traces in the store.
  var traces = 0
  /// The spans in the store, each counted once even if it was sent several times.
  var spans = 0
  /// The log records in the store.
  var logs = 0
  /// The size of the pages in use, in bytes.
  var bytes = 0
  /// All spans ever accepted, repeated ones included.
  var spansTaken = 0
  /// All log records ever accepted.
  var logsTaken = 0
  /// Traces evicted because of the size limit.
  var tracesEvicted = 0
  /// Spans evicted with them.
  var spansEvicted = 0
  /// Spans that were answered 400, 429 or 503.
  var spansRefused = 0
  /// Log records without a trace's id, which are kept beside the traces.
  var logsWithoutTrace = 0
  /// Lines that were no log records, and records that could not be stored.
  var linesRefused = 0
  /// Rows that were found damaged when they were read.
  var rowsDamaged = 0

  init() {}

  /// Reads the counters from a store.
  init(_ db: Database) throws {
    for (name, path) in Self.kept {
      let row = try Row.fetchOne(db, sql: "SELECT value FROM counters WHERE name = ?", arguments: [name])
      self[keyPath: path] = Int(row?.int(0) ?? 0)
    }
  }

  /// Writes the counters that outlive the process.
  func save(_ db: Database) throws {
    for (name, path) in Self.kept {
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)")
        .execute(arguments: [name, self[keyPath: path]])
    }
  }

  /// Subtracts what eviction has deleted.
  mutating func subtract(_ evicted: Eviction.Outcome) {
    traces -= evicted.traces
    spans -= evicted.spans
    logs -= evicted.logs
    tracesEvicted += evicted.traces
    spansEvicted += evicted.spans
  }

  /// The counters that outlive the process, by their names in the store.
  private static let kept: [(String, any WritableKeyPath<StoreCounts, Int> & Sendable)] = [
    ("traces", \.traces), ("spans", \.spans), ("logs", \.logs), ("spansTaken", \.spansTaken),
    ("logsTaken", \.logsTaken), ("tracesEvicted", \.tracesEvicted), ("spansEvicted", \.spansEvicted),
  ]
}
