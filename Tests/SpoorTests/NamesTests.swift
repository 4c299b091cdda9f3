import Logging
import Spoor
import Testing
import Tracing

/// What users write around our names compiles and means what it says.
private actor Inventory {
  private var left = 3
  private let log = Logger(label: "inventory") { _ in SwiftLogNoOpLogHandler() }

  /// The closures touch the actor's own state: they run on the actor.
  func reserve() async throws -> Int {
    try await withRecovery("reserve_failed", logger: log) {
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

/// A class that has methods called like our helpers.
private final class Repository {
  func withRecovery(_ name: String) -> String { "mine: \(name)" }
  func withErrorContext(_ name: String) -> String { "mine: \(name)" }

  func load() throws -> String {
    let log = Logger(label: "repository") { _ in SwiftLogNoOpLogHandler() }
    return try Spoor.withRecovery("load_failed", logger: log) {
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
    for _ in 0..<4 { answers.append(try await inventory.reserve()) }
    #expect(answers == [2, 1, 0, -1])
  }

  @Test func aClassMayHaveMethodsOfTheSameName() throws {
    #expect(try Repository().load() == "mine: x")
  }

  @Test func cancellationIsPassedOnUnlessToldOtherwise() throws {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    #expect(throws: CancellationError.self) {
      try withRecovery("x", logger: log) { () throws -> Int in
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
}
