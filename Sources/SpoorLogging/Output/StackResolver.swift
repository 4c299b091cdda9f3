// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorJournal
package import SpoorStacks

/// The thread that resolves the stacks of lines that wait in the ring.
///
/// A line waits at most for the configured time; then it gets the names that are available at once, without files and
/// lines. Other lines do not wait. The thread starts with the first line that needs it.
package final class StackResolver: Sendable {
  private let symbolicator: Symbolicator
  private let limits: StackTokens.Limits
  /// How long a line waits, in nanoseconds.
  private let patience: UInt64
  private let bell = Bell()
  private let state = Locked(State())
  private struct State: Sendable {
    var isStarted = false
    var isHurried = false
    var hasThread = false
    var waiting: [UInt64: Waiting] = [:]
    var queue: [UInt64] = []
  }
  private struct Waiting: Sendable {
    let line: [UInt8]
    let since: UInt64
    var result: [UInt8]?
  }

  /// - Parameters:
  ///   - symbolicator: the symbolicator of this process.
  ///   - patience: how long a line waits, in nanoseconds.
  package init(symbolicator: Symbolicator, limits: StackTokens.Limits, patience: UInt64) {
    self.patience = patience
    self.symbolicator = symbolicator
    self.limits = limits
  }

  /// The line at a position of the ring with names; nil while they are not known yet. The caller asks again later.
  ///
  /// - Parameters:
  ///   - position: the position of the line, which is requested until it is answered.
  ///   - wake: called on another thread when the answer is available.
  func line(
    at position: UInt64, _ line: UnsafeRawBufferPointer, wake: @escaping @Sendable () -> Void
  ) -> [UInt8]? {
    let now = spoor_monotonic_ns()
    enum Step { case ready([UInt8]), late, start, wait }
    let step: Step = state.withLock { state in
      if let waiting = state.waiting[position] {
        if let result = waiting.result {
          state.waiting[position] = nil
          return .ready(result)
        }
        guard state.isHurried || now &- waiting.since > patience || !state.hasThread else { return .wait }
        state.waiting[position] = nil
        return .late
      }
      unsafe state.waiting[position] = Waiting(line: Array(line), since: now)
      state.queue.append(position)
      defer { state.isStarted = true }
      return state.isStarted ? .wait : .start
    }
    switch step {
    case .ready(let bytes): return bytes
    case .late: return unsafe hurried(line)
    case .start: start(wake: wake)
    case .wait: break
    }
    bell.ring()
    return nil
  }

  /// Sets whether lines no longer wait, because the process is about to end.
  func hurry(_ isHurried: Bool) { state.withLock { $0.isHurried = isHurried } }

  /// The line with the names that are available within microseconds.
  package func hurried(_ line: UnsafeRawBufferPointer) -> [UInt8] {
    unsafe StackTokens.resolved(line, limits: limits, with: symbolicator, detail: .functions)
  }

  private func start(wake: @escaping @Sendable () -> Void) {
    state.withLock { $0.hasThread = true }
    guard BackgroundThread.start("spoor-stacks", { self.run(wake: wake) }) != 0 else { return }
    state.withLock { $0.hasThread = false }
  }

  private func run(wake: @Sendable () -> Void) {
    Symbolicator.paceThisThread()
    while true {
      let rings = bell.count
      let next: (position: UInt64, line: [UInt8])? = state.withLock { state in
        while !state.queue.isEmpty {
          let position = state.queue.removeFirst()
          // A line that could not wait any longer has been removed already.
          if let waiting = state.waiting[position] { return (position, waiting.line) }
        }
        return nil
      }
      guard let next else {
        bell.wait(after: rings, nanoseconds: 10_000_000_000)
        continue
      }
      let result = unsafe next.line.withUnsafeBytes { line in
        unsafe StackTokens.resolved(line, limits: limits, with: symbolicator)
      }
      state.withLock { $0.waiting[next.position]?.result = result }
      wake()
    }
  }
}
