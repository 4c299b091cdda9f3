import NIOConcurrencyHelpers

/// One read per key at a time: those who ask meanwhile get the same answer.
final class Flights<Value: Sendable>: Sendable {
  private let running = NIOLockedValueBox<[String: Task<Value, any Error>]>([:])

  /// The value that `read` gives, or that of a read which runs already.
  ///
  /// - Returns: the value, and whether it was another caller's read.
  func value(
    for key: String, _ read: @escaping @Sendable () async throws -> Value
  ) async throws -> (value: Value, isShared: Bool) {
    let (task, isShared) = running.withLockedValue { running in
      if let task = running[key] { return (task, true) }
      // A task of its own: one caller who goes away takes nothing from the others.
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
