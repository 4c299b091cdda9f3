// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

extension SpoorSystem {
  /// The state of spans and log lines after a shutdown.
  public struct ShutdownReport: Sendable, Hashable {
    /// Finished spans that no collector has: ``SpanAccount/held``.
    public let undeliveredSpans: Int
    /// Whether undelivered spans and unwritten lines are in a file that the next start finds. False in memory mode, and
    /// if the file or its directory has been removed.
    public let keepsUndelivered: Bool
    /// Spans that had started and not ended: ``SpanAccount/open``.
    public let openSpans: Int
    /// Whether every destination has every log line. Missing lines are lost in memory mode; in a file they stay, and
    /// the next start writes them.
    public let wroteAllLines: Bool
    /// Why the last request to a collector failed; nil if it succeeded.
    public let lastFailure: String?
    /// The account of every span.
    public let spans: SpanAccount
  }

  /// Sends finished spans, writes every log line, and logs the account of spans, all within the timeout. Further calls
  /// return the same report.
  ///
  /// If the journal is in a file, a collector that is down is tried once; the spans then stay in the file for the next
  /// start. In memory mode Spoor retries until the timeout. Spans that start or end after the shutdown are counted and
  /// logged; they stay in the file, or are dropped in memory mode.
  ///
  /// - Parameter timeout: nil for the configured one, 5 s by default. The call returns within it, even if the collector
  ///   or a log destination hangs.
  @discardableResult
  public func shutdown(timeout: Duration? = nil) async -> ShutdownReport {
    let timeout = timeout ?? shutdownTimeout
    // In its own task, so that cancelling the caller does not stop the shutdown.
    let task = closing.withLock { closing in
      if let closing { return closing }
      let task = Task.detached { [self] in await close(timeout) }
      closing = task
      return task
    }
    return await task.value
  }

  /// Ends the threads of a system that has been shut down, so that its memory and descriptors are given back: for a
  /// process that makes many systems. A service has one, which writes lines until the process exits.
  package func endForTesting() {
    ExitDrain.forget(journal)
    pipeline.writer.stop()
  }

  private func close(_ timeout: Duration) async -> ShutdownReport {
    let deadline = ContinuousClock.now + timeout
    // Part of the time is reserved for log lines, including those about the shutdown.
    let lastFailure = await export.shutdown(timeout: timeout - min(timeout / 5, .milliseconds(500)))
    let account = journal.account(looksForLostPages: true)
    let isKept = journal.isKept
    endLog.reportShutdown(account, isKept: isKept, lastFailure: lastFailure)
    pipeline.reportSuppressed(all: true)
    pipeline.reportEvictedLines(isLast: true)
    let rest = max(deadline - .now, .milliseconds(10))
    let forExport = logExport.isEmpty ? .zero : rest / 3
    let wroteLines = pipeline.writer.drain(nanoseconds: (rest - forExport).nanoseconds, isLast: true)
    let sentRecords = await logExport.shutdown(timeout: max(deadline - .now, .milliseconds(10)))
    let wroteAll = wroteLines && sentRecords
    metrics.update(account)
    journal.markEnded()
    let spans = SpanAccount(account)
    return ShutdownReport(
      undeliveredSpans: spans.held, keepsUndelivered: isKept, openSpans: spans.open, wroteAllLines: wroteAll,
      lastFailure: lastFailure, spans: spans)
  }
}

/// Logs the account of spans at the end of the process, and handles spans that end after the shutdown.
final class EndLog: Sendable {
  private let logger: Logger
  private let journal: Journal
  private let deliveries: [DeliveryLog]
  /// Until the shipper has ended, only the shipper may take finished spans.
  private let hasShipperEnded: @Sendable () -> Bool
  private let state = Locked(State())

  private struct State: Sendable {
    /// Spans that had started by the shutdown; nil before it.
    var startedByShutdown: Int?
    /// The number of later spans that have been logged.
    var reported = 0
    var reportedAt: ContinuousClock.Instant?
  }

  init(
    logger: Logger, journal: Journal, deliveries: [DeliveryLog], hasShipperEnded: @escaping @Sendable () -> Bool
  ) {
    self.hasShipperEnded = hasShipperEnded
    self.logger = logger
    self.journal = journal
    self.deliveries = deliveries
  }

  /// Whether `shutdown` was called.
  private var isShutDown: Bool { state.withLock { $0.startedByShutdown != nil } }

  func reportShutdown(_ account: JournalAccount, isKept: Bool, lastFailure: String?) {
    state.withLock { $0.startedByShutdown = account.started }
    for delivery in deliveries { delivery.write(isLast: true) }
    if account.held > 0 {
      logger.warning(
        "spans_undelivered",
        metadata: [
          "count": .stringConvertible(account.held), "kept": .stringConvertible(isKept),
          "reason": .string(lastFailure ?? "the time was over"),
        ])
    }
    if account.open > 0 {
      logger.warning(
        "spans_open_at_shutdown",
        metadata: [
          "count": .stringConvertible(account.open), "kept": .stringConvertible(isKept), "hint": .string(Self.order),
        ])
    }
    let isComplete = account.held + account.open + account.keptBack + account.dropped == 0
    logger.log(level: isComplete ? .info : .warning, "spoor_shut_down", metadata: Self.fields(account, isKept: isKept))
  }

  private static let order =
    "spans that end after Spoor's shutdown are not sent by this process: list SpoorSystem first in the service group, "
    + "because services stop in reverse order"

  private static func fields(_ account: JournalAccount, isKept: Bool) -> Logger.Metadata {
    var fields: Logger.Metadata = [
      "spans_started": .stringConvertible(account.started), "spans_adopted": .stringConvertible(account.adopted),
      "spans_sent": .stringConvertible(account.sent), "spans_sampled_out": .stringConvertible(account.sampledOut),
      "spans_dropped": .stringConvertible(account.dropped), "spans_open": .stringConvertible(account.open),
      "spans_kept_back": .stringConvertible(account.keptBack), "spans_held": .stringConvertible(account.held),
      "kept": .stringConvertible(isKept),
    ]
    for (reason, count) in SpoorSystem.SpanAccount(account).dropped {
      fields["spans_dropped_\(reason.rawValue)"] = .stringConvertible(count)
    }
    return fields
  }

  /// Counts and logs spans that came after the shutdown: about once a second, and at the process's exit. In memory mode
  /// they are dropped here, because no later process can ship them.
  func lookForLateSpans(isLast: Bool = false) {
    guard let startedByShutdown = state.withLock({ $0.startedByShutdown }) else { return }
    let isKept = journal.isKept
    if !journal.isInFile, hasShipperEnded() {
      var finished: [UInt32] = []
      journal.takeFinished(into: &finished)
      for index in finished { journal.free(index, .afterShutdown) }
    }
    let late = journal.account().started - startedByShutdown
    let count: Int? = state.withLock { state in
      let isDue = state.reportedAt.map { .now - $0 >= DeliveryLog.interval } ?? true
      guard late > state.reported, isDue || isLast else { return nil }
      defer { state.reported = late }
      state.reportedAt = .now
      return late - state.reported
    }
    guard let count else { return }
    logger.warning(
      "spans_after_shutdown",
      metadata: [
        "count": .stringConvertible(count), "total": .stringConvertible(late), "kept": .stringConvertible(isKept),
        "hint": .string(Self.order),
      ])
  }

  /// Called at the process's exit. If there was no shutdown and spans are left, it logs what a shutdown would have
  /// logged.
  func reportExit() {
    guard !isShutDown else { return lookForLateSpans(isLast: true) }
    let account = journal.account()
    guard account.held + account.open > 0 else { return }
    logger.warning(
      "spans_undelivered",
      metadata: [
        "count": .stringConvertible(account.held), "open": .stringConvertible(account.open),
        "kept": .stringConvertible(journal.isKept), "reason": "the process exited without a shutdown",
      ])
  }
}
