// SPDX-License-Identifier: Apache-2.0

import GRDB
import SpoorModel

extension TraceStore {
  /// The maximum size of the calls of one search in bytes.
  private static let summaryBytes = 4 << 20

  /// How the answer to a search is ordered and cut.
  struct Listing: Sendable {
    /// The maximum number of traces in the answer.
    var limit: Int
    /// Whether the slowest of the traces counted come first, otherwise the newest.
    var isSlowestFirst = false
    /// How long traces are read to see whether they match; `nil` for no limit until the answer is full.
    var patience: Duration?
    /// How long they are read once the answer is full, only to count them.
    private static let patienceForCounting = Duration.seconds(1)

    /// Whether no further trace is read.
    fileprivate func isOver(since begin: ContinuousClock.Instant, found: Int) -> Bool {
      guard let limit = patience ?? (found >= limit ? Self.patienceForCounting : nil) else { return false }
      return begin.duration(to: .now) >= limit
    }
  }

  /// The result of `use` for the rows that a filter selects. `use` runs on the query's own thread.
  func summaries<Value: Sendable>(
    _ filter: TraceFilter, _ listing: Listing, _ use: @escaping @Sendable (TraceSummaries) -> Value
  ) async throws -> Value {
    try await query { [self] db, ticket in
      var summaries = TraceSummaries()
      summaries.window = filter.window
      guard var candidates = try TraceCandidates(filter, db) else { return use(summaries) }
      try collect(filter, listing, &candidates, &summaries, db, ticket)
      var shown = summaries.rows
      if listing.isSlowestFirst { shown.sort { $0.duration > $1.duration } }
      shown = Array(shown.prefix(listing.limit))
      for index in shown.indices { try correct(&shown[index], db, ticket) }
      summaries.shown = shown
      var ids = Set(summaries.rows.compactMap(\.root))
      for row in summaries.rows { ids.formUnion(row.calls.operations) }
      for id in ids {
        try ticket.check()
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT service, name FROM operations WHERE id = ?"), arguments: [id])
        if let service = row?.text(0), let name = row?.text(1) {
          summaries.operations[id] = Operation(service: service, name: name)
        }
      }
      return use(summaries)
    }
  }

  private func collect(
    _ filter: TraceFilter, _ listing: Listing, _ candidates: inout TraceCandidates, _ summaries: inout TraceSummaries,
    _ db: Database, _ ticket: QueryTicket
  ) throws {
    let matcher = TraceMatcher()
    let begin = ContinuousClock.now
    // If every candidate matches, all are counted, whatever part of the list is read.
    let isExact = !filter.needsSpans && filter.traceDuration == nil
    var candidatesSeen = 0
    var bytes = 0
    while let candidate = try candidates.next() {
      candidatesSeen += 1
      if let until = filter.until, candidate.start > until { continue }
      if summaries.rows.count >= filter.limit || bytes >= Self.summaryBytes {
        if !isExact {
          summaries.isCut = true
        } else if let count = try candidates.countAll() {
          candidatesSeen = count
        } else {
          continue
        }
        break
      }
      try ticket.check()
      if filter.needsSpans, listing.isOver(since: begin, found: summaries.rows.count) {
        summaries.isCut = true
        break
      }
      guard var row = try self.row(candidate.trace, db) else { continue }
      if filter.needsSpans {
        let logs = row.logs > 0 && filter.needsLogs ? try StoredTrace.logs(of: row.id, db) : []
        let isMatch = try withSpans(of: row, db, ticket) { found in
          times.correct(&row) { found.spans }
          return filter.matches(
            TraceMatcher.Trace(
              id: row.traceID?.description ?? "", spans: found.spans, logs: logs, duration: row.duration,
              readsRecords: filter.needsLogs), matcher)
        }
        guard isMatch else { continue }
      } else if CorrectedTimes.isSuspicious(row) {
        try correct(&row, db, ticket)
      }
      if let wanted = filter.traceDuration, !wanted.contains(row.duration) { continue }
      bytes += row.calls.bytes.count + 200
      summaries.rows.append(row)
    }
    summaries.found = isExact ? candidatesSeen : summaries.rows.count
  }

  private func correct(_ row: inout TraceRow, _ db: Database, _ ticket: QueryTicket) throws {
    let original = row
    try times.correct(&row) { try withSpans(of: original, db, ticket) { $0.spans } }
  }
}
