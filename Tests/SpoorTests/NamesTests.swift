// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import SpoorTesting
import Testing
import Tracing

/// Code that uses Spoor's names together with its own compiles and has the expected meaning.
private actor Inventory {
  private var left = 3
  private let log = Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() }

  /// The closures use the actor's state, so they run on the actor.
  func reserve() async -> Int {
    await withRecovery("reserve_failed", logger: log) {
      await Task.yield()
      left -= 1
      if left < 0 { throw SoldOut() }
      return left
    } fallback: { failure in
      #expect(failure.error is SoldOut)
      left = 0
      return -1
    }
  }

  struct SoldOut: Error {}
}

/// A class with methods named like Spoor's helpers.
private final class Repository {
  func withRecovery(_ name: String) -> String { "mine: \(name)" }
  func withErrorContext(_ name: String) -> String { "mine: \(name)" }

  func load() -> String {
    let log = Logger(label: "repository") { _ in SwiftLogNoOpLogHandler() }
    return Spoor.withRecovery("load_failed", logger: log) {
      withRecovery("x")
    } fallback: { _ in
      ""
    }
  }
}

@Suite struct NamesTests {
  @Test func typesAreReachedThroughTheModulesName() throws {
    let traceID: Spoor.TraceID = .random()
    #expect(Spoor.TraceID(traceID.description) == traceID)
    #expect(Spoor.SpanID("0000000000000000") == nil)
  }

  @Test func helpersWorkInsideAnActor() async throws {
    let inventory = Inventory()
    var answers: [Int] = []
    for _ in 0..<4 { answers.append(await inventory.reserve()) }
    #expect(answers == [2, 1, 0, -1])
  }

  @Test func aClassMayHaveMethodsOfTheSameName() throws {
    #expect(Repository().load() == "mine: x")
  }

  @Test func cancellationIsPassedOnUnlessToldOtherwise() throws {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    #expect(throws: CancellationError.self) {
      try withRecovery("x", logger: log) { () throws -> Int in
        throw CancellationError()
      } fallback: { failure in
        throw failure.error
      }
    }
    #expect(throws: CancellationError.self) {
      try withRecovery("x", logger: log, recoversCancellation: false) { () throws -> Int in
        throw CancellationError()
      } fallback: { _ in
        0
      }
    }
    let answer = try withRecovery("x", logger: log, recoversCancellation: true) { () throws -> Int in
      throw CancellationError()
    } fallback: { _ in
      1
    }
    #expect(answer == 1)
  }

  /// These calls compile without `try`: nothing can be thrown.
  @Test func aFallbackThatCannotThrowGetsEveryErrorAndLogsAllButCancellation() async throws {
    let telemetry = try TelemetryCapture()
    let logger = telemetry.logger()
    for error in [Inventory.SoldOut(), CancellationError()] as [any Error] {
      let waited = await withRecovery("waited", logger: logger) { () async throws -> Int in
        await Task.yield()
        throw error
      } fallback: { _ in
        1
      }
      let direct = withRecovery("direct", logger: logger) { () throws -> Int in
        throw error
      } fallback: { _ in
        2
      }
      #expect(waited == 1 && direct == 2)
    }
    #expect(telemetry.records().map(\.event) == ["waited", "direct"])
  }
}
