// SPDX-License-Identifier: Apache-2.0

import NIOConcurrencyHelpers

/// A bounded cache of answers with a lifetime. An answer is a value or "absent".
///
/// The oldest entry is evicted first.
final class AnswerCache<Value: Sendable>: Sendable {
  /// An answer for a key.
  enum Known: Sendable {
    case present(Value)
    case absent

    /// The value, or `nil` if the key is known to be absent.
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
    /// A ring of the keys, in the order in which they were added.
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

  /// The answer for `key`, if it is cached and has not expired.
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

  /// The number of entries, including expired ones.
  var count: Int { state.withLockedValue { $0.entries.count } }
}
