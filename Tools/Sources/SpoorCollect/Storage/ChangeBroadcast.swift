// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Notifies listeners that something was stored; a slow listener gets only the last notification.
final class ChangeBroadcast: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  private let lock = NSLock()
  private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  private var next = 0

  /// The number of listeners.
  var count: Int { lock.withLock { listeners.count } }

  /// The changes from now on. The stream ends with the task that iterates it.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let key = lock.withLock {
      next += 1
      listeners[next] = continuation
      return next
    }
    continuation.onTermination = { [weak self] _ in self?.forget(key) }
    return stream
  }

  func publish() {
    for listener in lock.withLock({ Array(listeners.values) }) { listener.yield() }
  }

  private func forget(_ key: Int) { _ = lock.withLock { listeners.removeValue(forKey: key) } }
}
