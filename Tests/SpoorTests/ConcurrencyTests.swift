// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Spoor
import SpoorTesting
import Testing
import Tracing

/// The active span in each way in which Swift code continues elsewhere. Structured concurrency inherits it; otherwise
/// the context is passed explicitly.
@Suite struct ConcurrencyTests {
  let telemetry: TelemetryCapture

  init() throws { telemetry = try TelemetryCapture() }

  /// Runs `work` in a span "order" and returns it and its `count` spans named "step".
  private func steps(
    _ count: Int, of work: @Sendable (ServiceContext) async throws -> Void
  ) async throws -> (order: FinishedSpan, steps: [FinishedSpan]) {
    try await withTracer(telemetry.tracer) {
      try await withSpan("order") { try await work($0.context) }
    }
    let spans = try await telemetry.spans(atLeast: count + 1)
    // Each thread passes its own span, in no particular order.
    let steps = spans.filter { $0.name == "step" }.sorted { $0.startNanoseconds < $1.startNanoseconds }
    return (try #require(spans.first { $0.name == "order" }), steps)
  }

  private func expectBelow(_ found: (order: FinishedSpan, steps: [FinishedSpan]), count: Int) {
    #expect(found.steps.count == count)
    #expect(found.steps.allSatisfy { $0.parentSpanID == found.order.spanID && $0.traceID == found.order.traceID })
    #expect(Set(found.steps.map(\.spanID)).count == count)
  }

  @Test func childTasksOfAGroupAreBelowTheSpanAroundThem() async throws {
    let found = try await steps(20) { _ in
      await withTaskGroup { group in
        for _ in 0..<20 { group.addTask { await withSpan("step") { _ in await Task.yield() } } }
      }
    }
    expectBelow(found, count: 20)
  }

  @Test func asyncLetIsBelowTheSpanAroundIt() async throws {
    let found = try await steps(2) { _ in
      async let first: Void = withSpan("step") { _ in await Task.yield() }
      async let second: Void = withSpan("step") { _ in await Task.yield() }
      _ = await (first, second)
    }
    expectBelow(found, count: 2)
  }

  @Test func anUnstructuredTaskHasTheSpanItWasMadeIn() async throws {
    let found = try await steps(1) { _ in await Task { await withSpan("step") { _ in await Task.yield() } }.value }
    expectBelow(found, count: 1)
  }

  @Test func aDetachedTaskHasNoSpanUnlessItIsHandedTheContext() async throws {
    let tracer = telemetry.tracer
    let found = try await steps(2) { context in
      await Task.detached { tracer.withSpan("step") { _ in } }.value
      await Task.detached { tracer.withSpan("step", context: context) { _ in } }.value
    }
    #expect(found.steps.map(\.parentSpanID) == [nil, found.order.spanID])
  }

  private actor Till {
    private var cents = 0

    func take(_ amount: Int) async -> Int {
      await withSpan("step") { span in
        cents += amount
        await Task.yield()
        span.attributes["cents"] = cents
        return cents
      }
    }
  }

  @Test func whatAnActorDoesIsBelowItsCaller() async throws {
    let till = Till()
    let found = try await steps(3) { _ in
      for amount in 1...3 { _ = await till.take(amount) }
    }
    expectBelow(found, count: 3)
    #expect(found.steps.compactMap { $0.attributes["cents"] } == [1, 3, 6])
  }

  @Test func whoReadsAStreamIsBelowItsOwnSpanNotTheWritersUnlessTheElementBringsAContext() async throws {
    struct Message: Sendable { let headers: [String: String] }
    let (stream, continuation) = AsyncStream.makeStream(of: Message.self)
    let tracer = telemetry.tracer
    // A reader that exists before any order.
    let reader = Task.detached {
      for await message in stream {
        tracer.withSpan("step", context: tracer.extract(message.headers), ofKind: .consumer) { _ in }
      }
    }
    let found = try await steps(1) { context in
      continuation.yield(Message(headers: tracer.inject(context)))
      continuation.finish()
      await reader.value
    }
    expectBelow(found, count: 1)
    #expect(found.steps.first?.kind == .consumer)
  }

  @Test func aThreadHasNoSpanUnlessItIsHandedTheContext() async throws {
    let tracer = telemetry.tracer
    let found = try await steps(2) { context in
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          tracer.withSpan("step") { _ in }
          ServiceContext.$current.withValue(context) { tracer.withSpan("step") { _ in } }
          continuation.resume()
        }
      }
    }
    #expect(found.steps.map(\.parentSpanID) == [nil, found.order.spanID])
  }

  /// An interface from before `async`.
  private func charge(_ done: @escaping @Sendable (Bool) -> Void) {
    DispatchQueue.global().async { done(true) }
  }

  @Test func aSpanMayEndInACallbackOnAnyThread() async throws {
    let tracer = telemetry.tracer
    let found = try await steps(2) { context in
      await withCheckedContinuation { continuation in
        let span = tracer.startSpan("step", context: context, ofKind: .client)
        charge { hasPaid in
          span.attributes["paid"] = hasPaid
          ServiceContext.$current.withValue(span.context) { tracer.withSpan("after") { _ in } }
          span.end()
          continuation.resume()
        }
      }
    }
    expectBelow(found, count: 1)
    let after = try #require(telemetry.spans().first { $0.name == "after" })
    #expect(after.parentSpanID == found.steps.first?.spanID && found.steps.first?.attributes["paid"] == true)
  }

  @Test func aTaskThatIsCancelledEndsItsSpansAndNoneHasFailed() async throws {
    let found = try await steps(1) { _ in
      let task = Task { try await withSpan("step") { _ in try await Task.sleep(for: .seconds(3600)) } }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    expectBelow(found, count: 1)
    #expect(found.steps.first?.hasFailed == false && found.order.hasFailed == false)
  }

  @Test func thousandsOfTasksAtOnceKeepTheirTracesApart() async throws {
    let tracer = telemetry.tracer
    let mixed = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<5_000 {
        group.addTask {
          await tracer.withSpan("outer", context: .topLevel) { outer in
            await Task.yield()
            return await tracer.withSpan("inner") { inner in
              await Task.yield()
              let isOwn = inner.context.traceContext?.traceID == outer.context.traceContext?.traceID
              return !isOwn || ServiceContext.current?.traceContext != inner.context.traceContext
            }
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(mixed == 0)
    #expect(Set(telemetry.spans().map(\.traceID)).count == 5_000)
  }
}
