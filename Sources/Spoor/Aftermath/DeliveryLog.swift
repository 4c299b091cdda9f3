// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorJournal

/// Logs problems with the delivery of spans: at most two lines a minute, each with the counts since the previous one.
/// Anything above that rate is counted in a later line, or in the last one at shutdown.
final class DeliveryLog: Sendable {
  private let logger: Logger
  private let journal: Journal
  /// The exporter's name, if there are several; nil if it is the only one.
  private let exporter: String?
  private let subject: Subject
  /// Whether it logs what the exporters have in common.
  private let isFirst: Bool
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state = Locked(State())

  /// What is delivered.
  enum Subject: String, Sendable {
    case spans
    case logRecords = "log_records"

    var one: String { self == .spans ? "span" : "log_record" }
  }

  static let interval: Duration = .seconds(60)
  static let linesPerInterval = 2

  private struct State: Sendable {
    /// When the last lines were written.
    var written: [ContinuousClock.Instant] = []
    var isFailing = false
    /// Whether the last line about delivery reported a failure.
    var hasReportedFailing = false
    var reportedFailingAt: ContinuousClock.Instant?
    /// Failed requests since the last line about delivery.
    var failures = 0
    var failure = ""
    var rejections = 0
    var rejection = ""
    var rejectionStatus: Int?
    /// What a collector warned of; nil if it was logged.
    var warning: String?
    /// In total, as the last line said.
    var reportedDrops: UInt64 = 0
  }

  /// - Parameter now: returns the current time.
  init(
    logger: Logger, journal: Journal, subject: Subject = .spans, exporter: String? = nil, isFirst: Bool = true,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.logger = logger
    self.journal = journal
    self.subject = subject
    self.exporter = exporter
    self.isFirst = isFirst
    self.now = now
  }

  /// A request failed.
  func noteFailure(_ reason: String) {
    state.withLock { state in
      state.isFailing = true
      state.failures += 1
      state.failure = reason
    }
    write()
  }

  /// A request was answered, and its spans are delivered.
  func noteDelivery() {
    state.withLock { $0.isFailing = false }
    write()
  }

  /// A span was dropped because the collector refuses it.
  func noteRejection(_ reason: String, status: Int?) {
    state.withLock { state in
      state.rejections += 1
      state.rejection = reason
      state.rejectionStatus = status
    }
    write()
  }

  /// A collector took a request, but refused some of its spans (``message`` is the reason) or gave a warning.
  func noteAnswer(refused: Int, _ message: String) {
    state.withLock { state in
      if refused > 0 {
        state.rejections += refused
        state.rejection = message
        state.rejectionStatus = nil
      } else {
        state.warning = message
      }
    }
    write()
  }

  /// Writes what is due.
  ///
  /// - Parameter isLast: true at shutdown; rejections and drops are then logged regardless of the rate.
  func write(isLast: Bool = false) {
    let time = now()
    while let line = state.withLock({ next(&$0, time, isLast: isLast) }) {
      var fields = line.fields
      if let exporter { fields["exporter"] = .string(exporter) }
      logger.log(level: line.level, "\(line.event)", metadata: fields)
    }
  }

  private typealias Line = (level: Logger.Level, event: String, fields: Logger.Metadata)

  private func next(_ state: inout State, _ time: ContinuousClock.Instant, isLast: Bool) -> Line? {
    state.written.removeAll { time - $0 >= Self.interval }
    guard state.written.count < Self.linesPerInterval || isLast else { return nil }
    guard let line = rejections(&state) ?? warnings(&state) ?? drops(&state) ?? (isLast ? nil : delivery(&state, time))
    else { return nil }
    state.written.append(time)
    return line
  }

  private func rejections(_ state: inout State) -> Line? {
    guard state.rejections > 0 else { return nil }
    var fields: Logger.Metadata = [
      "reason": .string(state.rejection), "count": .stringConvertible(state.rejections),
    ]
    if let status = state.rejectionStatus { fields["status"] = .stringConvertible(status) }
    state.rejections = 0
    return (.error, "\(subject.one)_rejected", fields)
  }

  private func warnings(_ state: inout State) -> Line? {
    guard let warning = state.warning else { return nil }
    state.warning = nil
    return (.warning, "collector_warned", ["reason": .string(warning)])
  }

  private func drops(_ state: inout State) -> Line? {
    let total = journal.count(.droppedFull)
    guard isFirst, subject == .spans, total > state.reportedDrops else { return nil }
    defer { state.reportedDrops = total }
    return (
      .warning, "spans_dropped",
      [
        "count": .stringConvertible(total - state.reportedDrops), "total": .stringConvertible(total),
        "reason": "the journal is full", "held": .stringConvertible(journal.account().held),
      ]
    )
  }

  private func delivery(_ state: inout State, _ time: ContinuousClock.Instant) -> Line? {
    let failures = state.failures
    if state.isFailing {
      let isDue = state.reportedFailingAt.map { time - $0 >= Self.interval } ?? true
      guard !state.hasReportedFailing || (isDue && failures > 0) else { return nil }
      state.hasReportedFailing = true
      state.reportedFailingAt = time
      state.failures = 0
      return (
        .warning, "\(subject.rawValue)_not_delivered",
        counts(failures).merging(["reason": .string(state.failure)]) { $1 }
      )
    }
    // This line also counts failures that were over before they could be logged.
    guard state.hasReportedFailing || failures > 0 else { return nil }
    state.hasReportedFailing = false
    state.reportedFailingAt = nil
    state.failures = 0
    return (.notice, "\(subject.rawValue)_delivered_again", counts(failures))
  }

  /// The fields of both lines about delivery. Adds up the journal's counters, so call it only for a line that is
  /// written.
  private func counts(_ failures: Int) -> Logger.Metadata {
    var counts: Logger.Metadata = ["failed_requests": .stringConvertible(failures)]
    if subject == .spans { counts["held"] = .stringConvertible(journal.account().held) }
    return counts
  }
}

extension [DeliveryLog] {
  /// One for each exporter, at least one.
  init(exporters: [String], logger: Logger, journal: Journal) {
    self = exporters.indices.map { index in
      DeliveryLog(
        logger: logger, journal: journal, exporter: exporters.count > 1 ? exporters[index] : nil, isFirst: index == 0)
    }
    if isEmpty { append(DeliveryLog(logger: logger, journal: journal)) }
  }
}
