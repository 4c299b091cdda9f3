// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// Logs the shipper's events: delivery (see ``DeliveryLog``), dead processes (see ``DeadProcessLog``), journal files
/// that were rejected or removed, and limits.
final class ShipperLog: Sendable {
  private let logger: Logger
  private let journal: Journal
  private let pipeline: LogPipeline
  /// By exporter.
  private let deliveries: [DeliveryLog]
  private let deadProcesses: DeadProcessLog
  private let hasLostPages = Locked(false)

  private struct State: Sendable {
    var undecidedDrops = Occasional()
    var patternLimits = Occasional()
  }

  /// A count that is logged at most once a minute.
  private struct Occasional: Sendable {
    private var logged: UInt64 = 0
    private var loggedAt: ContinuousClock.Instant?

    /// The number of new events since the last log line; `nil` if there are none or the minute is not over.
    mutating func due(_ total: UInt64) -> UInt64? {
      guard total > logged, loggedAt.map({ ContinuousClock.now - $0 >= .seconds(60) }) ?? true else { return nil }
      loggedAt = .now
      defer { logged = total }
      return total - logged
    }
  }

  private let state = Locked(State())

  init(
    logger: Logger, journal: Journal, pipeline: LogPipeline, deliveries: [DeliveryLog], deadProcesses: DeadProcessLog
  ) {
    self.logger = logger
    self.journal = journal
    self.pipeline = pipeline
    self.deliveries = deliveries
    self.deadProcesses = deadProcesses
  }

  func take(_ event: ShipperEvent, of exporter: Int) {
    let delivery = deliveries[exporter]
    switch event {
    case .answered(_, _, _, let failure?): delivery.noteFailure(failure)
    case .answered(_, _, _, nil): delivery.noteDelivery()
    case .rejected(let status, let reason): delivery.noteRejection(reason, status: status)
    case .unusable: delivery.noteRejection("a record without a trace id or span id", status: nil)
    case .partlyAccepted(let refused, let message): delivery.noteAnswer(refused: refused, message)
    case .openSpan(let span): write(span)
    case .openSpansReported(let count):
      logger.warning("spans_open_for_long", metadata: ["count": .stringConvertible(count)])
    case .adopted(let dead): deadProcesses.noteAdoption(of: dead)
    case .fileRejected(let name, let reason):
      logger.error("journal_file_rejected", metadata: ["file": .string(name), "reason": .string(reason)])
    case .fileUnreadable(let name, let code):
      logger.warning(
        "journal_file_unreadable",
        metadata: [
          "file": .string(name), "reason": .string(Libc.message(code)),
          "hint": "its spans stay in the file and are tried again",
        ])
    case .fileRemoved(let file):
      logger.error(
        "journal_file_removed",
        metadata: [
          "file": .string(file.name), "bytes": .stringConvertible(file.bytes),
          "dropped_spans": .stringConvertible(file.spans),
          "reason": "the journal's directory is over SPOOR_JOURNAL_MAX_BYTES",
        ])
      deadProcesses.write(file.lines)
    case .tick: delivery.write()
    }
    lookForUndecidedDrops()
    lookForPatternLimits()
    lookForLostPages()
  }

  private func write(_ span: OpenSpan) {
    pipeline.write(
      LogRecord(
        time: spoor_realtime_ns(), level: .warning, message: "span_open_for_long", logger: "spoor",
        trace: LogTrace(
          traceIDHigh: span.traceIDHigh, traceIDLow: span.traceIDLow, spanID: span.spanID, isSampled: true),
        fields: LogFields(call: [
          "span.name": .string(span.name), "span.start": .string(LogTime.text(nanoseconds: span.startNanoseconds)),
        ])))
  }

  private func lookForLostPages() {
    guard journal.lostPages > 0 else { return }
    let isNew = hasLostPages.withLock { hasLostPages in
      defer { hasLostPages = true }
      return !hasLostPages
    }
    guard isNew else { return }
    logger.error(
      "journal_file_lost",
      metadata: ["reason": "the file was truncated or its disk is full; the lost part is now in memory"])
  }

  private func lookForUndecidedDrops() {
    let total = journal.count(.droppedUndecided)
    guard let new = state.withLock({ $0.undecidedDrops.due(total) }) else { return }
    logger.warning(
      "undecided_spans_dropped",
      metadata: [
        "count": .stringConvertible(new), "total": .stringConvertible(total),
        "reason": "unsampled spans that wait for their local root's end are over their quota of the journal",
        "limit": .stringConvertible(journal.undecidedLimit),
        "limit_per_root": .stringConvertible(journal.undecidedLimitOfRoot),
      ])
  }

  private func lookForPatternLimits() {
    let total = UInt64(clamping: pipeline.settings.redaction.replacedForTime)
    guard let new = state.withLock({ $0.patternLimits.due(total) }) else { return }
    logger.warning(
      "redaction_limit_reached",
      metadata: [
        "count": .stringConvertible(new), "total": .stringConvertible(total),
        "reason": "a redaction pattern took too long on these texts, which were replaced as a whole",
      ])
  }
}
