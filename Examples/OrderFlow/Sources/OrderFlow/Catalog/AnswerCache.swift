import NIOConcurrencyHelpers

/// Answers that are believed for a while: a value, or that there is none.
///
/// Bounded: the entry that came first leaves first.
final class AnswerCache<Value: Sendable>: Sendable {
  /// What is known of a key.
  enum Known: Sendable {
    case present(Value)
    case absent

    /// The value; `nil` for one that is known not to be there.
    var value: Value? {
      if case .present(let value) = self { value } else { nil }
    }
  }

  private struct Entry {
    var known: Known
    var until: ContinuousClock.Instant
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// The keys in the order of their coming, a ring.
    var keys: [String] = []
    var next = 0
  }

  private let life: Duration
  private let capacity: Int
  private let state = NIOLockedValueBox(State())

  init(life: Duration, capacity: Int) {
    self.life = life
    self.capacity = max(1, capacity)
  }

  /// What is known and still believed.
  subscript(key: String) -> Known? {
    state.withLockedValue { state in
      guard let entry = state.entries[key], entry.until > .now else { return nil }
      return entry.known
    }
  }

  func remember(_ known: Known, for key: String) {
    state.withLockedValue { state in
      let isNew = state.entries.updateValue(Entry(known: known, until: .now + life), forKey: key) == nil
      guard isNew else { return }
      if state.keys.count < capacity {
        state.keys.append(key)
      } else {
        state.entries[state.keys[state.next]] = nil
        state.keys[state.next] = key
        state.next = (state.next + 1) % capacity
      }
    }
  }

  /// Entries, believed or not.
  var count: Int { state.withLockedValue { $0.entries.count } }
}
