internal import CSpoor
internal import Logging
internal import SpoorContext
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// Says in the log what happens to spans on their way: never silently, never more than once a minute for the same thing.
final class Diagnostics: Sendable {
  private let logger: Logger
  private let journal: Journal
  private let pipeline: LogPipeline
  private let legacy: Legacy
  private let state = Locked(State())
  private static let interval: Duration = .seconds(60)

  private struct State: Sendable {
    var isFailing = false
    var failureSaid: ContinuousClock.Instant?
    var rejectionSaid: ContinuousClock.Instant?
    var unsaidRejections = 0
    var dropSaid: ContinuousClock.Instant?
    var drops: UInt64 = 0
    var lostPages = 0
  }

  init(logger: Logger, journal: Journal, pipeline: LogPipeline, legacy: Legacy) {
    self.legacy = legacy
    self.logger = logger
    self.journal = journal
    self.pipeline = pipeline
  }

  func take(_ event: ShipperEvent) {
    switch event {
    case .answered(_, _, _, let failure?): failed(failure)
    case .answered(_, _, _, nil): recovered()
    case .rejected(let status, let reason): rejected("\(reason)", status: status)
    case .unusable: rejected("a record without a trace id or span id", status: nil)
    case .openSpansReported(let count):
      logger.warning("spans_open_for_long", metadata: ["count": .stringConvertible(count)])
    case .adopted(let dead): adopted(dead)
    case .fileRejected(let name, let reason):
      logger.error("journal_file_rejected", metadata: ["file": .string(name), "reason": .string(reason)])
    case .fileRemoved(let name, let bytes, let lines):
      logger.error(
        "journal_file_removed",
        metadata: [
          "file": .string(name), "bytes": .stringConvertible(bytes),
          "reason": "the journal's directory is over SPOOR_JOURNAL_MAX_BYTES",
        ])
      rescue(lines)
    case .tick: break
    }
    lookForDrops()
    lookForLostPages()
  }

  private static func isDue(_ last: ContinuousClock.Instant?) -> Bool { last.map { .now - $0 >= interval } ?? true }

  private func failed(_ reason: String) {
    let isDue = state.withLock { state in
      state.isFailing = true
      guard Self.isDue(state.failureSaid) else { return false }
      state.failureSaid = .now
      return true
    }
    guard isDue else { return }
    logger.warning(
      "spans_not_delivered", metadata: ["reason": .string(reason), "held": .stringConvertible(journal.heldCount)])
  }

  private func recovered() {
    let wasFailing = state.withLock { state in
      defer {
        state.isFailing = false
        state.failureSaid = nil
      }
      return state.isFailing && state.failureSaid != nil
    }
    if wasFailing { logger.notice("spans_delivered_again", metadata: ["held": .stringConvertible(journal.heldCount)]) }
  }

  private func rejected(_ reason: String, status: Int?) {
    let count: Int? = state.withLock { state in
      state.unsaidRejections += 1
      guard Self.isDue(state.rejectionSaid) else { return nil }
      state.rejectionSaid = .now
      defer { state.unsaidRejections = 0 }
      return state.unsaidRejections
    }
    guard let count else { return }
    var metadata: Logger.Metadata = ["reason": .string(reason), "count": .stringConvertible(count)]
    if let status { metadata["status"] = .stringConvertible(status) }
    logger.error("span_rejected", metadata: metadata)
  }

  /// Another process of this service died: says so, and writes the lines it had not written.
  private func adopted(_ dead: DeadJournal) {
    var interrupted: [String] = []
    var inFlight: [Logger.MetadataValue] = []
    var finished = 0
    for entry in dead.entries {
      guard entry.state == .open else {
        finished += 1
        continue
      }
      guard let (traceID, span) = dead.withRecord(entry, Self.identity).flatMap({ $0 }) else { continue }
      if interrupted.count < 20, !interrupted.contains(traceID) { interrupted.append(traceID) }
      if inFlight.count < 20 { inFlight.append(span) }
    }
    let open = dead.entries.count - finished
    if !dead.entries.isEmpty {
      logger.warning(
        "process_interrupted",
        metadata: [
          "pid": .stringConvertible(dead.processID), "instance": .string(dead.resource.instance),
          "interrupted_spans": .stringConvertible(open), "finished_spans": .stringConvertible(finished),
          "dropped_spans": .stringConvertible(dead.droppedSpans),
          "trace_ids": .array(interrupted.map { .string($0) }),
          "last_seen": .string(LogTime.text(nanoseconds: dead.lastSeen)),
        ])
    }
    if let record = legacy.crashRecord(of: dead, inFlight: inFlight, time: spoor_realtime_ns()) {
      pipeline.write(record)
    }
    guard !dead.lines.isEmpty else { return }
    logger.notice(
      "log_lines_replayed",
      metadata: ["pid": .stringConvertible(dead.processID), "count": .stringConvertible(dead.lines.count)])
  }

  private static func identity(_ record: SpanRecord) -> (traceID: String, span: Logger.MetadataValue)? {
    guard let traceID = TraceID(high: record.traceIDHigh, low: record.traceIDLow)?.description,
      let spanID = SpanID(rawValue: record.spanID)?.description
    else { return nil }
    return (
      traceID, ["trace_id": .string(traceID), "span_id": .string(spanID), "name": .string(record.name ?? "")]
    )
  }

  /// The lines of a file that is gone: they have this one chance.
  private func rescue(_ lines: [[UInt8]]) {
    for line in lines {
      var attempts = 1000
      let line = StackTokens.withAddresses(line)
      while !pipeline.writeVerbatim(line), attempts > 0 {
        _ = pipeline.writer.drain(nanoseconds: 1_000_000)
        attempts -= 1
      }
      guard attempts > 0 else { return }
    }
  }

  private func lookForLostPages() {
    let lost = journal.lostPages
    let isNew = state.withLock { state in
      defer { state.lostPages = lost }
      return lost > 0 && state.lostPages == 0
    }
    guard isNew else { return }
    logger.error(
      "journal_file_lost",
      metadata: ["reason": "the file was truncated or its disk is full; what it held there is in memory now"])
  }

  private func lookForDrops() {
    let total = journal.count(.droppedFull)
    let new: UInt64? = state.withLock { state in
      guard total > state.drops, Self.isDue(state.dropSaid) else { return nil }
      state.dropSaid = .now
      defer { state.drops = total }
      return total - state.drops
    }
    guard let new else { return }
    logger.warning(
      "spans_dropped",
      metadata: [
        "count": .stringConvertible(new), "total": .stringConvertible(total), "reason": "the journal is full",
        "held": .stringConvertible(journal.heldCount),
      ])
  }
}
