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
  /// Limits of single operations, by a span's name when it ends; `*` in a name stands for any characters, and of several
  /// that fit the longest counts. Any span that takes as long as its limit keeps its local root, and a local root that has
  /// a limit of its own is not measured by ``slowerThan``.
  public var slowerThanByOperation: [String: Duration]

  /// Rules; without any argument, none.
  public init(failed: Bool = false, slowerThan: Duration? = nil, slowerThanByOperation: [String: Duration] = [:]) {
    self.failed = failed
    self.slowerThan = slowerThan
    self.slowerThanByOperation = slowerThanByOperation
  }

  var isEmpty: Bool { !failed && slowerThan == nil && slowerThanByOperation.isEmpty }
}

/// ``KeepRules`` made ready: once for a tracer.
struct PreparedKeepRules: Sendable {
  let keepsFailed: Bool
  let slowLimit: UInt64?
  /// The longest pattern first.
  private let operations: [(pattern: NamePattern, limit: UInt64)]

  /// Nil where nothing is kept.
  init?(_ rules: KeepRules) {
    guard !rules.isEmpty else { return nil }
    keepsFailed = rules.failed
    slowLimit = rules.slowerThan.map(Self.nanoseconds)
    operations = rules.slowerThanByOperation
      .sorted { ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key) }
      .map { (NamePattern($0.key), Self.nanoseconds($0.value)) }
  }

  /// Whether names are asked for.
  var readsNames: Bool { !operations.isEmpty }

  func limit(of operation: String) -> UInt64? { operations.first { $0.pattern.matches(operation) }?.limit }

  private static func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
  }
}

/// What becomes of the spans below one local root that the head decision left out: undecided until the root's end.
final class LocalRootVerdict: Sendable {
  private let rules: PreparedKeepRules
  private let state = Locked(State())

  private struct State: Sendable {
    var hasFailed = false
    var hasSlowOperation = false
    var waiting: [SlotReference] = []
    var decision: Decision?
  }

  private enum Decision { case keep(KeptReason), discard }

  init(rules: PreparedKeepRules) { self.rules = rules }

  /// Whether a span's name must be read before it ends.
  var readsNames: Bool { rules.readsNames }

  func noteError() { state.withLock { $0.hasFailed = true } }

  /// Takes a span that has ended undecided. The root's end decides about all before it and all after it.
  ///
  /// - Parameter operation: its name; nil where nobody asks for names.
  func add(
    _ slot: SlotReference, operation: String?, endsRoot: Bool, durationNanoseconds: UInt64, journal: Journal
  ) {
    let ownLimit = operation.flatMap(rules.limit(of:))
    let isSlowOperation = ownLimit.map { durationNanoseconds >= $0 } ?? false
    let due: (slots: [SlotReference], decision: Decision)? = state.withLock { state in
      state.waiting.append(slot)
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
