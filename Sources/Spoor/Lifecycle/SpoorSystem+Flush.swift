// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

extension SpoorSystem {
  /// The state of spans and log lines after a flush.
  public struct FlushReport: Sendable, Hashable {
    /// Whether every span that had finished when the flush began is settled: its collector has acknowledged it, or has
    /// refused it for good (``SpanAccount/dropped``).
    public let sentAllSpans: Bool
    /// Whether every destination and the receiver of log records, if there is one, have every log line that was logged
    /// before the flush.
    public let wroteAllLines: Bool
    /// Finished spans that no collector has now, with those that have finished since the flush began, and those of dead
    /// processes: ``SpanAccount/held``.
    public let undeliveredSpans: Int
    /// Whether undelivered spans and unwritten lines are in a file, so that they survive the process.
    public let keepsUndelivered: Bool
    /// Spans that have started and not ended: ``SpanAccount/open``.
    public let openSpans: Int
    /// Why the last request to a collector failed; nil if it succeeded.
    public let lastFailure: String?
    /// The account of every span.
    public let spans: SpanAccount

    /// Whether nothing of what the flush was about is left.
    public var isComplete: Bool { sentAllSpans && wroteAllLines }
  }

  /// Sends every span that has finished by now, and waits until the collector has acknowledged them and every log line
  /// is written. Nothing ends: spans that finish later are sent as usual, and so is what could not be sent in time.
  ///
  /// Call it before a function's platform freezes the process, and before a process ends by other means than `exit`. If
  /// the collector is down, it is tried once for each call, at most once in a second.
  ///
  /// ```swift
  /// let report = await spoor.flush(timeout: .seconds(2))
  /// ```
  /// - Parameter timeout: the call returns within it, even if the collector or a log destination hangs.
  /// - Returns: what is left.
  @discardableResult
  public func flush(timeout: Duration) async -> FlushReport {
    let deadline = ContinuousClock.now + timeout
    let spans = export.beginFlush()
    let lines = Countdown(2)
    logExport.flush(lines)
    // Waiting for the writer blocks a thread, which must not be one of the caller's pool.
    let writer = pipeline.writer
    let code = BackgroundThread.start("spoor-flush") {
      lines.finishPart(succeeded: writer.drain(nanoseconds: timeout.nanoseconds, isLast: true))
    }
    if code != 0 { lines.finishPart(succeeded: false) }
    let sentAllSpans = await spans.wait(until: deadline)
    let wroteAllLines = await lines.wait(until: deadline)
    let account = SpanAccount(journal.account())
    return FlushReport(
      sentAllSpans: sentAllSpans, wroteAllLines: wroteAllLines, undeliveredSpans: account.held,
      keepsUndelivered: journal.isKept, openSpans: account.open, lastFailure: export.lastFailure, spans: account)
  }
}
