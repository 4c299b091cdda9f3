internal import CSpoor
internal import SpoorJournal
package import SpoorStacks

/// The thread that makes names of the stacks in lines that wait in the ring.
///
/// A line waits for it at most so long as the settings say; then it gets what can be had at once: names without files and lines. Other
/// lines are not held up. The thread starts with the first line that needs it.
package final class StackResolver: Sendable {
  private let symbolicator: Symbolicator
  /// For lines that cannot wait: its own lock, which no slow lookup holds.
  private let quick: Symbolicator
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
  ///   - symbolicator: of this process.
  ///   - patience: how long a line waits, in nanoseconds.
  package init(symbolicator: Symbolicator, limits: StackTokens.Limits, patience: UInt64) {
    self.patience = patience
    self.symbolicator = symbolicator
    quick = Symbolicator(cacheLimit: 512, waits: false)
    self.limits = limits
  }

  /// The line that lies at a position of the ring with names, or nil while it has none; ask again.
  ///
  /// - Parameters:
  ///   - position: where it lies; each is asked for until it is answered.
  ///   - wake: called on another thread when the answer is there.
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

  /// Whether lines are to wait no longer: the process is about to end.
  func hurry(_ isHurried: Bool) { state.withLock { $0.isHurried = isHurried } }

  /// With what can be had in microseconds.
  package func hurried(_ line: UnsafeRawBufferPointer) -> [UInt8] {
    unsafe StackTokens.resolved(line, limits: limits) { quick.resolve($0, detail: .names) }
  }

  private func start(wake: @escaping @Sendable () -> Void) {
    state.withLock { $0.hasThread = true }
    let work = Work(resolver: self, wake: wake)
    let context = unsafe Unmanaged.passRetained(work).toOpaque()
    let code = unsafe spoor_thread_start(
      "spoor-stacks",
      { context in
        guard let context = unsafe context else { return }
        let work = unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
        work.resolver.run(wake: work.wake)
      }, context)
    guard code != 0 else { return }
    unsafe Unmanaged<Work>.fromOpaque(context).release()
    state.withLock { $0.hasThread = false }
  }

  private final class Work: Sendable {
    let resolver: StackResolver
    let wake: @Sendable () -> Void
    init(resolver: StackResolver, wake: @escaping @Sendable () -> Void) {
      self.resolver = resolver
      self.wake = wake
    }
  }

  private func run(wake: @Sendable () -> Void) {
    while true {
      let rings = bell.count
      let next: (position: UInt64, line: [UInt8])? = state.withLock { state in
        while !state.queue.isEmpty {
          let position = state.queue.removeFirst()
          // One that could not wait any longer is gone already.
          if let waiting = state.waiting[position] { return (position, waiting.line) }
        }
        return nil
      }
      guard let next else {
        bell.wait(after: rings, nanoseconds: 10_000_000_000)
        continue
      }
      let result = unsafe next.line.withUnsafeBytes { line in
        unsafe StackTokens.resolved(line, limits: limits) { symbolicator.resolve($0) }
      }
      state.withLock { $0.waiting[next.position]?.result = result }
      wake()
    }
  }
}
