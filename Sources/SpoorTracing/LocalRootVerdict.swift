internal import SpoorJournal

/// Rules that keep what the head decision left out: a local root that fails or takes long is sent all the same.
///
/// Off by default. What is kept is this process's part of the trace only: the decision that is handed on stays "no", and
/// each kept span says `spoor.kept=error` or `slow`.
public struct KeepRules: Sendable {
  /// Keep a local root in which a span failed.
  public var failed: Bool
  /// Keep a local root that took at least so long; nil for no such rule.
  public var slowerThan: Duration?
  /// Limits of single operations, by the local root's name at its start; they count before ``slowerThan``.
  public var slowerThanByOperation: [String: Duration]

  /// Rules; without any argument, none.
  public init(failed: Bool = false, slowerThan: Duration? = nil, slowerThanByOperation: [String: Duration] = [:]) {
    self.failed = failed
    self.slowerThan = slowerThan
    self.slowerThanByOperation = slowerThanByOperation
  }

  var isEmpty: Bool { !failed && slowerThan == nil && slowerThanByOperation.isEmpty }

  func limit(for operation: String) -> UInt64? {
    guard let limit = slowerThanByOperation[operation] ?? slowerThan else { return nil }
    let (seconds, attoseconds) = limit.components
    return UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
  }
}

/// What becomes of the spans below one local root that the head decision left out: undecided until the root's end.
final class LocalRootVerdict: Sendable {
  private let keepsFailed: Bool
  private let slowLimit: UInt64?
  private let state = Locked(State())

  private struct State: Sendable {
    var hasFailed = false
    var waiting: [SlotReference] = []
    var decision: Decision?
  }

  private enum Decision { case keep(KeptReason), discard }

  init(rules: KeepRules, operation: String) {
    keepsFailed = rules.failed
    slowLimit = rules.limit(for: operation)
  }

  func noteError() { state.withLock { $0.hasFailed = true } }

  /// Takes a span that has ended undecided. The root's end decides about all before it and all after it.
  func add(_ slot: SlotReference, endsRoot: Bool, durationNanoseconds: UInt64, journal: Journal) {
    let due: (slots: [SlotReference], decision: Decision)? = state.withLock { state in
      state.waiting.append(slot)
      if endsRoot, state.decision == nil {
        state.decision =
          if keepsFailed, state.hasFailed {
            .keep(.error)
          } else if let slowLimit, durationNanoseconds >= slowLimit {
            .keep(.slow)
          } else {
            .discard
          }
      }
      guard let decision = state.decision else { return nil }
      defer { state.waiting = [] }
      return (state.waiting, decision)
    }
    guard let due else { return }
    for slot in due.slots {
      switch due.decision {
      case .keep(let reason): journal.decide(slot, keep: reason)
      case .discard: journal.decide(slot, keep: nil)
      }
    }
  }
}
