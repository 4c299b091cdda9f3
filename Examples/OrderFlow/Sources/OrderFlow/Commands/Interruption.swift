// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import UnixSignals

/// Runs `body` until it ends or SIGINT or SIGTERM arrives. After a signal, `body` is cancelled, and the function waits
/// until it has cleaned up.
///
/// - Throws: the error of `body`; `ExitCode` 130 or 143 after a signal.
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
