// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOConcurrencyHelpers
import Tracing

/// Locks that suspend the caller instead of blocking its thread, each for its share of the keys.
final class ShardedLocks: Sendable {
  /// Counters of one lock.
  struct Shard: Codable, Sendable {
    var acquisitions = 0
    var mostWaiting = 0

    enum CodingKeys: String, CodingKey {
      case acquisitions
      case mostWaiting = "most_waiting"
    }
  }

  private struct State {
    var isHeld = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var counts = Shard()
    var waits = 0

    mutating func take() -> Bool {
      if isHeld { return false }
      isHeld = true
      counts.acquisitions += 1
      return true
    }
  }

  private let states: [NIOLockedValueBox<State>]
  private let log = Logger(label: "locks")

  init(count: Int) {
    states = (0..<max(1, count)).map { _ in NIOLockedValueBox(State()) }
  }

  /// Runs `body` while it holds the lock of `key`; first come, first served.
  func withLock<Value>(for key: String, _ body: () async throws -> Value) async rethrows -> Value {
    let state = states[shard(of: key)]
    let isFree = state.withLockedValue { $0.take() }
    if !isFree {
      let began = ContinuousClock.now
      // A span only if the caller has to wait.
      await withSpan("lock.acquire") { span in
        span.attributes["lock.shard"] = shard(of: key)
        await withCheckedContinuation { continuation in
          let isFree = state.withLockedValue { state in
            if state.take() { return true }
            state.waiters.append(continuation)
            state.counts.mostWaiting = max(state.counts.mostWaiting, state.waiters.count)
            return false
          }
          if isFree { continuation.resume() }
        }
        note(key, after: began.duration(to: .now))
      }
    }
    defer { Self.release(state) }
    return try await body()
  }

  /// One record for each hundred waits for a lock.
  private func note(_ key: String, after duration: Duration) {
    let shard = shard(of: key)
    let (waits, waiting) = states[shard].withLockedValue { state in
      state.waits += 1
      return (state.waits, state.waiters.count)
    }
    guard waits.isMultiple(of: 100) else { return }
    log.warning(
      "lock_contended",
      metadata: [
        "lock": .stringConvertible(shard), "locks": .stringConvertible(states.count),
        "waits": .stringConvertible(waits), "waiting": .stringConvertible(waiting),
        "duration_ms": .stringConvertible(duration.wholeMilliseconds), "key": "\(key)",
      ])
  }

  /// The counters of each lock.
  var shards: [Shard] { states.map { $0.withLockedValue { $0.counts } } }

  /// The number of a key's lock. It is the same in every process and every run (FNV-1a).
  func shard(of key: String) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(hash % UInt64(states.count))
  }

  /// Passes the lock to the first waiter, or frees it.
  private static func release(_ state: NIOLockedValueBox<State>) {
    let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
      guard !state.waiters.isEmpty else {
        state.isHeld = false
        return nil
      }
      state.counts.acquisitions += 1
      return state.waiters.removeFirst()
    }
    next?.resume()
  }
}
