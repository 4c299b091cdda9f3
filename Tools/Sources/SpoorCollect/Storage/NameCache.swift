// SPDX-License-Identifier: Apache-2.0

/// A bounded cache of the ids of names in the store's tables, because names come from outside.
struct NameCache<Key: Hashable & Sendable>: Sendable {
  private let limit: Int
  private var numbers: [Key: Int64] = [:]
  /// Names added since the last ``commit()``.
  private var added: [Key] = []

  init(limit: Int) { self.limit = limit }

  subscript(_ key: Key) -> Int64? { numbers[key] }

  mutating func insert(_ key: Key, _ number: Int64) {
    if numbers.count >= limit { numbers.removeAll(keepingCapacity: true) }
    numbers[key] = number
    added.append(key)
  }

  /// Keeps the names added since the last call.
  mutating func commit() { added.removeAll(keepingCapacity: true) }

  /// Removes the names added since the last commit, because their rows were rolled back.
  mutating func rollBack() {
    for key in added { numbers[key] = nil }
    commit()
  }

  mutating func forget(_ gone: Set<Int64>) {
    guard !gone.isEmpty else { return }
    numbers = numbers.filter { !gone.contains($0.value) }
  }
}
