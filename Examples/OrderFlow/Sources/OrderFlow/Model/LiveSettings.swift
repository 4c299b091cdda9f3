// SPDX-License-Identifier: Apache-2.0

import NIOConcurrencyHelpers

/// Settings that change while requests run. A new value replaces the old one as a whole; a request that began with the
/// old one keeps it.
final class LiveSettings<Value: Sendable>: Sendable {
  private let state: NIOLockedValueBox<(value: Value, version: Int)>

  init(_ value: Value) {
    state = NIOLockedValueBox((value, 1))
  }

  /// The current settings as a whole, and how often they were replaced.
  var current: (value: Value, version: Int) { state.withLockedValue { $0 } }

  func replace(with value: Value) {
    state.withLockedValue { $0 = (value, $0.version + 1) }
  }
}

/// Counters by name.
final class NamedCounters: Sendable {
  private let counts = NIOLockedValueBox<[String: Int]>([:])

  func add(_ amount: Int = 1, to name: String) {
    counts.withLockedValue { $0[name, default: 0] += amount }
  }

  subscript(name: String) -> Int { counts.withLockedValue { $0[name] ?? 0 } }
}
