// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Tracks whether the client of a connection is still connected. Work for a disconnected client is cancelled.
final class ClientPresence: Sendable {
  private struct State {
    var hasGone = false
    var next = 0
    var cancellations: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  /// Cancels all work for the client.
  func leave() {
    let cancellations = state.withLock { state in
      state.hasGone = true
      return Array(state.cancellations.values)
    }
    for cancel in cancellations { cancel() }
  }

  /// Runs an operation in a task that is cancelled when the client disconnects.
  func run<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = Task { try await operation() }
    let key: Int? = state.withLock { state in
      if state.hasGone { return nil }
      state.next += 1
      state.cancellations[state.next] = { task.cancel() }
      return state.next
    }
    if key == nil { task.cancel() }
    defer { if let key { _ = state.withLock { $0.cancellations.removeValue(forKey: key) } } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
