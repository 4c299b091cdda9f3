// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal

/// The decision about the unsampled spans of one local root, which stay undecided until the root ends.
///
/// Undecided spans must not displace those that are certain to be sent. At most ``Journal/undecidedLimitOfRoot`` of
/// them wait below one local root, and ``Journal/undecidedLimit`` in total; further ones are dropped and counted. If
/// the journal is nearly full, all that wait below a root are dropped.
final class LocalRootVerdict: Sendable {
  private let rules: PreparedKeepRules
  private let state = Locked(State())

  private struct State: Sendable {
    var hasFailed = false
    var hasSlowOperation = false
    var waiting: [SlotReference] = []
    /// The number of spans that were dropped because of a quota.
    var dropped = 0
    var decision: Decision?
  }

  private enum Decision { case keep(KeptReason), discard }

  init(rules: PreparedKeepRules) { self.rules = rules }

  /// Whether a span's name must be read before it ends.
  var readsNames: Bool { rules.readsNames }

  func noteError() { state.withLock { $0.hasFailed = true } }

  /// Adds a span that has ended undecided. The end of the root decides about all earlier and later spans.
  ///
  /// - Parameter operation: the name of the span; `nil` if the rules do not depend on names.
  func add(
    _ slot: SlotReference, operation: String?, endsRoot: Bool, durationNanoseconds: UInt64, journal: Journal
  ) {
    let ownLimit = operation.flatMap(rules.limit(of:))
    let isSlowOperation = ownLimit.map { durationNanoseconds >= $0 } ?? false
    let due: Due = state.withLock { state in
      if isSlowOperation { state.hasSlowOperation = true }
      if endsRoot, state.decision == nil {
        state.decision =
          if rules.keepsFailed, state.hasFailed {
            .keep(.error)
          } else if state.hasSlowOperation {
            .keep(.slow)
          } else if ownLimit == nil, let slowLimit = rules.slowLimit, durationNanoseconds >= slowLimit {
            .keep(.slow)
          } else {
            .discard
          }
      }
      guard let decision = state.decision else { return wait(slot, journal, &state) }
      defer { state.waiting = [] }
      return .decided(state.waiting, decision, dropped: endsRoot ? state.dropped : 0)
    }
    switch due {
    case .nothing: break
    case .dropped(let slots): journal.dropUndecided(slots)
    case .decided(let waiting, .keep(let reason), let dropped):
      if dropped > 0 { journal.note(Self.droppedKey, dropped, inUndecided: slot) }
      for slot in waiting { journal.decide(slot, keep: reason) }
      journal.decide(slot, keep: reason)
      journal.releaseUndecided(waiting.count)
    case .decided(let waiting, .discard, _):
      for slot in waiting { journal.decide(slot, keep: nil) }
      journal.decide(slot, keep: nil)
      journal.releaseUndecided(waiting.count)
    }
  }

  /// The tag of a kept local root for the number of dropped spans below it.
  private static let droppedKey = "spoor.undecided_spans_dropped"

  /// The action that follows from a span's end.
  private enum Due {
    case nothing
    case dropped([SlotReference])
    case decided(_ waiting: [SlotReference], Decision, dropped: Int)
  }

  /// Lets a span wait if it is within the quotas.
  private func wait(_ slot: SlotReference, _ journal: Journal, _ state: inout State) -> Due {
    guard !slot.isNone else { return .nothing }
    // `isNearlyFull` adds up counters, so it is not checked for each span.
    if state.waiting.count % 16 == 15, journal.isNearlyFull {
      let all = state.waiting + [slot]
      journal.releaseUndecided(state.waiting.count)
      state.waiting = []
      state.dropped += all.count
      return .dropped(all)
    }
    guard state.waiting.count < journal.undecidedLimitOfRoot, journal.holdUndecided() else {
      state.dropped += 1
      return .dropped([slot])
    }
    state.waiting.append(slot)
    return .nothing
  }
}
