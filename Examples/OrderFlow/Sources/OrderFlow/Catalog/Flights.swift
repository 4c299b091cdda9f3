// SPDX-License-Identifier: Apache-2.0

import NIOConcurrencyHelpers

/// Shares one read per key between concurrent callers.
final class Flights<Value: Sendable>: Sendable {
  private let running = NIOLockedValueBox<[String: Task<Value, any Error>]>([:])

  /// The value of `read`, or of a read of the same key that is already running.
  ///
  /// - Returns: the value, and whether it came from another caller's read.
  func value(
    for key: String, _ read: @escaping @Sendable () async throws -> Value
  ) async throws -> (value: Value, isShared: Bool) {
    let (task, isShared) = running.withLockedValue { running in
      if let task = running[key] { return (task, true) }
      // An unstructured task, so that one caller's cancellation does not cancel the read for the others.
      let task = Task {
        defer { self.running.withLockedValue { $0[key] = nil } }
        return try await read()
      }
      running[key] = task
      return (task, false)
    }
    return (try await task.value, isShared)
  }
}
