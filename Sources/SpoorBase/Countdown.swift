// SPDX-License-Identifier: Apache-2.0

/// Work that several threads finish, each its part, and callers that wait for all of it.
package final class Countdown: Sendable {
  private struct State: Sendable {
    var left: Int
    var hasFailed = false
    var lastWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state: Locked<State>
  private let bell = Bell()

  /// - Parameter parts: the number of calls of ``finishPart(succeeded:)`` after which the work is over; 0 for work that
  ///   is over at once.
  package init(_ parts: Int) { state = Locked(State(left: parts)) }

  /// Notes that one part is over.
  ///
  /// - Parameter succeeded: false if the part was given up.
  package func finishPart(succeeded: Bool = true) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.left -= 1
      if !succeeded { state.hasFailed = true }
      guard state.left <= 0 else { return [] }
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    bell.ring()
    for waiter in waiters { waiter.resume() }
  }

  /// Whether every part is over.
  private var isOver: Bool { state.withLock { $0.left <= 0 } }

  /// Whether every part has succeeded.
  package var hasSucceeded: Bool { state.withLock { $0.left <= 0 && !$0.hasFailed } }

  /// Blocks the calling thread until every part is over, at most for the given time. Returns whether all succeeded.
  package func wait(nanoseconds: UInt64) -> Bool {
    let deadline = ContinuousClock.now + .nanoseconds(Int64(clamping: nanoseconds))
    while true {
      let rings = bell.count
      let rest = (deadline - .now).nanoseconds
      if isOver || rest == 0 { return hasSucceeded }
      bell.wait(after: rings, nanoseconds: rest)
    }
  }

  /// Waits until every part is over, at most until the deadline. Returns whether all succeeded.
  package func wait(until deadline: ContinuousClock.Instant) async -> Bool {
    let number = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    let watchdog = Task.detached { [self] in
      guard (try? await Task.sleep(until: deadline)) != nil else { return }
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
    defer { watchdog.cancel() }
    await withCheckedContinuation { continuation in
      let mustWait = state.withLock { state in
        guard state.left > 0, deadline > .now else { return false }
        state.waiters[number] = continuation
        return true
      }
      if !mustWait { continuation.resume() }
    }
    return hasSucceeded
  }
}
