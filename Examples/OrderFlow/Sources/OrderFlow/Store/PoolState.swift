// SPDX-License-Identifier: Apache-2.0

/// The state of a ``ConnectionPool``, changed only under its lock.
struct PoolState {
  /// A caller that waits.
  struct Waiter {
    let id: UInt64
    let continuation: CheckedContinuation<Grant, Never>
  }

  /// The answer to a waiter.
  enum Grant: Sendable {
    /// A connection.
    case connection(Connection)
    /// Room to open a connection.
    case room(number: Int)
    /// Nothing: the wait timed out or was cancelled.
    case none
  }

  var idle: [Connection] = []
  /// Connections that are open or being opened.
  var openCount = 0
  var waiters: [Waiter] = []
  var nextNumber = 1
  var nextWaiter: UInt64 = 0
  /// The trace that holds each connection, by the connection's number.
  var holders: [Int: String] = [:]
  /// The previous holder of each connection.
  var previousHolders: [Int: String] = [:]
  var counters = PoolCounters()

  mutating func takeNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }
}

/// A pool's counters, read together.
struct PoolCounters: Codable, Sendable {
  /// Connections in use.
  var inUse = 0
  /// Open connections, in use or idle.
  var open = 0
  /// Callers that are waiting.
  var waiting = 0
  /// The maximum number of callers that waited at once.
  var mostWaiting = 0
  /// The maximum number of connections in use at once.
  var mostInUse = 0
  /// Callers that gave up without a connection.
  var timeouts = 0
  /// Connections closed because they were returned in a broken state.
  var destroyed = 0
  /// Uses that took longer than ``PoolSettings/slowUse``.
  var slowUses = 0
  /// Connections replaced because another database became the primary.
  var switched = 0
}
