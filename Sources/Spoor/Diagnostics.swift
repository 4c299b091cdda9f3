internal import Logging
internal import SpoorExport
internal import SpoorJournal

/// Says in the log what happens to spans on their way: never silently, never more than once a minute for the same thing.
final class Diagnostics: Sendable {
  private let logger: Logger
  private let journal: Journal
  private let state = Locked(State())
  private static let interval: Duration = .seconds(60)

  private struct State: Sendable {
    var isFailing = false
    var failureSaid: ContinuousClock.Instant?
    var rejectionSaid: ContinuousClock.Instant?
    var unsaidRejections = 0
    var dropSaid: ContinuousClock.Instant?
    var drops: UInt64 = 0
  }

  init(logger: Logger, journal: Journal) {
    self.logger = logger
    self.journal = journal
  }

  func take(_ event: ShipperEvent) {
    switch event {
    case .answered(_, _, _, let failure?): failed(failure)
    case .answered(_, _, _, nil): recovered()
    case .rejected(let status, let reason): rejected("\(reason)", status: status)
    case .unusable: rejected("a record without a trace id or span id", status: nil)
    case .tick: break
    }
    lookForDrops()
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
