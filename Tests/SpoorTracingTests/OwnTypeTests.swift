// SPDX-License-Identifier: Apache-2.0

import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

/// The tracer's own `withSpan`, `startSpan` and `end` compared with the standard API's, which a generic function calls.
@Suite struct OwnTypeTests {
  private struct Seen: Equatable {
    let name: String
    let kind: SpanRecordKind
    let hasParent: Bool
    let attributes: [String: String]
    let events: [String]
    let status: String?
    init(_ span: Recorded) {
      name = span.name
      kind = span.kind
      hasParent = span.parentID != 0
      // Each failure has its own number, and its stack depends on what other suites have switched on.
      attributes = span.attributes.filter { !$0.key.hasPrefix("error.") || $0.key == "error.type" }
      events = span.events
      status = span.status
    }
  }

  private func work(_ span: some Span, failing: Bool) throws -> Int {
    span.attributes["order.id"] = "ORD7890"
    #expect(ServiceContext.current?.activeSpan != nil)
    if failing { throw Oops() }
    return 7
  }

  private func throughTheAPI(_ tracer: some Tracer, failing: Bool) throws -> Int {
    try tracer.withSpan("outer", ofKind: .server) { _ in
      try tracer.withSpan("charge", ofKind: .client) { try work($0, failing: failing) }
    }
  }

  private func directly(_ tracer: SpoorTracer, failing: Bool) throws -> Int {
    try tracer.withSpan("outer", ofKind: .server) { _ in
      try tracer.withSpan("charge", ofKind: .client) { try work($0, failing: failing) }
    }
  }

  private func throughTheAPILater(_ tracer: some Tracer, failing: Bool) async throws -> Int {
    try await tracer.withSpan("outer", ofKind: .server) { _ in
      await Task.yield()
      return try await tracer.withSpan("charge", ofKind: .client) {
        await Task.yield()
        return try work($0, failing: failing)
      }
    }
  }

  private func directlyLater(_ tracer: SpoorTracer, failing: Bool) async throws -> Int {
    try await tracer.withSpan("outer", ofKind: .server) { _ in
      await Task.yield()
      return try await tracer.withSpan("charge", ofKind: .client) {
        await Task.yield()
        return try work($0, failing: failing)
      }
    }
  }

  @Test(arguments: [false, true]) func bothWriteTheSame(failing: Bool) async throws {
    let bench = try Bench()
    var results: [Int?] = []
    results.append(try? throughTheAPI(bench.tracer, failing: failing))
    let standard = bench.finished().map(Seen.init)
    results.append(try? directly(bench.tracer, failing: failing))
    let own = bench.finished().map(Seen.init)
    results.append(try? await throughTheAPILater(bench.tracer, failing: failing))
    let standardLater = bench.finished().map(Seen.init)
    results.append(try? await directlyLater(bench.tracer, failing: failing))
    let ownLater = bench.finished().map(Seen.init)
    #expect(results == Array(repeating: failing ? nil : 7, count: 4))
    #expect(standard.count == 2 && standard.contains { $0.name == "charge" && $0.hasParent })
    #expect(
      standard.allSatisfy {
        failing ? $0.status?.hasPrefix("2") == true && $0.events == ["exception"] : $0.events.isEmpty
      })
    #expect(own == standard)
    #expect(standardLater == standard && ownLater == standard)
  }

  @Test func theWallClockIsReadOncePerLocalRoot() throws {
    final class Readings: @unchecked Sendable { var count = 0 }  // Only used from this test's task.
    let readings = Readings()
    let time = TestClock()
    let clock = TraceClock(
      realtime: {
        readings.count += 1
        return time.realtime
      }, monotonic: { time.monotonic })
    let bench = try Bench(clock: clock)
    readings.count = 0
    bench.tracer.withSpan("root") { _ in
      for _ in 0..<5 { bench.tracer.withSpan("child") { _ in } }
      bench.tracer.startSpan("sibling").end()
    }
    #expect(bench.finished().count == 7)
    #expect(readings.count == 1)
  }

  @Test(arguments: [-3_600_000_000_000, 5_000_000] as [Int64])
  func aClockThatIsSetBendsNoTraceAndARootHasItsTime(by change: Int64) throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let before = time.realtime
    bench.tracer.withSpan("before") { _ in
      time.realtime = time.realtime &+ UInt64(bitPattern: change)
      time.advance(3_000_000)
      bench.tracer.withSpan("child") { _ in time.advance(2_000_000) }
    }
    let after = time.realtime
    bench.tracer.withSpan("after") { _ in time.advance(1_000_000) }
    let spans = bench.finished()
    func span(_ name: String) throws -> Recorded { try #require(spans.first { $0.name == name }) }
    #expect(try span("before").start == before && span("before").duration == 5_000_000)
    #expect(try span("child").start == before + 3_000_000 && span("child").duration == 2_000_000)
    #expect(try span("after").start == after && span("after").duration == 1_000_000)
  }

  @Test func aSecondEndChangesNothing() throws {
    let time = TestClock()
    let bench = try Bench(clock: time.clock)
    let span = bench.tracer.startSpan("queued", context: .topLevel, ofKind: .consumer)
    time.advance(4_000_000)
    span.end()
    time.advance(4_000_000)
    span.end()
    span.end(at: time.now)
    let record = try #require(bench.finished().first)
    #expect(record.duration == 4_000_000 && record.kind == .consumer)
  }
}
