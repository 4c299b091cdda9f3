// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The thread that reads the names of stacks for threads that must not wait for files.
///
/// It starts with the first piece of work. If 1 024 pieces are waiting, further work is refused, and the caller tries
/// again later.
package final class NameThread: Sendable {
  private static let limit = 1024

  private let bell = Bell()
  private let state = Locked(State())

  private struct State: Sendable {
    var isStarted = false
    var queue: [@Sendable () -> Void] = []
  }

  package init() {}

  /// Queues `work` for the thread and returns at once; false if there is no room for it or no thread.
  package func perform(_ work: @escaping @Sendable () -> Void) -> Bool {
    let needsThread: Bool? = state.withLock { state in
      guard state.queue.count < Self.limit else { return nil }
      state.queue.append(work)
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard let needsThread else { return false }
    if needsThread, !start() {
      state.withLock { state in
        state.isStarted = false
        state.queue = []
      }
      return false
    }
    bell.ring()
    return true
  }

  private func start() -> Bool {
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let code = unsafe spoor_thread_start(
      "spoor-names",
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<NameThread>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    if code != 0 { unsafe Unmanaged<NameThread>.fromOpaque(context).release() }
    return code == 0
  }

  private func run() {
    Symbolicator.paceThisThread()
    while true {
      let rings = bell.count
      let queue = state.withLock { state in
        defer { state.queue = [] }
        return state.queue
      }
      for work in queue { work() }
      if queue.isEmpty { bell.wait(after: rings, nanoseconds: 10_000_000_000) }
    }
  }
}
