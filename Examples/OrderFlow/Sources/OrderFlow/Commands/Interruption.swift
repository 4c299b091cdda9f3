import ArgumentParser
import UnixSignals

/// Runs `body` until it ends or SIGINT or SIGTERM comes; then it is cancelled, and this waits until it has cleaned up.
///
/// - Throws: what `body` throws; `ExitCode` 130 or 143 when a signal cut it short.
func untilInterrupted<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
  let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
  return try await withThrowingTaskGroup(of: Step<Value>.self) { group in
    group.addTask { .done(try await body()) }
    group.addTask {
      for await signal in signals { return .signal(signal) }
      return .ended
    }
    defer { group.cancelAll() }
    var received: UnixSignal?
    do {
      while let step = try await group.next() {
        switch step {
        case .done(let value): return value
        case .signal(let signal):
          received = signal
          group.cancelAll()
        case .ended: continue
        }
      }
    } catch {
      guard let received else { throw error }
      throw ExitCode(received == .sigint ? 130 : 143)
    }
    throw CancellationError()
  }
}

private enum Step<Value: Sendable>: Sendable {
  case done(Value)
  case signal(UnixSignal)
  case ended
}
