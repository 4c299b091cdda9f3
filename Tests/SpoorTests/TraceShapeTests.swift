// SPDX-License-Identifier: Apache-2.0

import Logging
import SpoorTesting
import Testing
import Tracing

/// "One trace with this shape", and the messages if it differs.
@Suite struct TraceShapeTests {
  private struct Declined: Error, CustomStringConvertible { let description = "card declined" }

  private func placeOrder(fails: Bool = false) async throws {
    try await withSpan("place order", ofKind: .server) { span in
      span.attributes["order.id"] = "ORD7890"
      Logger.current.info("order_placed")
      async let first: Void = withSpan("reserve") { $0.attributes["sku"] = "LAMP-1" }
      async let second: Void = withSpan("reserve") { $0.attributes["sku"] = "LAMP-2" }
      _ = await (first, second)
      try withSpan("charge", ofKind: .client) { _ in
        try withSpan("POST") { _ in if fails { throw Declined() } }
      }
    }
  }

  private let shape = SpanShape("place order", kind: .server, attributes: ["order.id": "ORD*"]) {
    SpanShape("charge", kind: .client, hasFailed: false) { SpanShape("POST", withoutAttributes: ["error.type"]) }
    // In parallel, so their order is undefined.
    for number in [2, 1] { SpanShape("reserve", attributes: ["sku": "LAMP-\(number)"]) }
  }

  @Test func aTraceOfTheShapeIsFoundWhateverRanFirst() async throws {
    for _ in 0..<20 {
      try await withTelemetryCapture { telemetry in
        try await placeOrder()
        let spans = try await telemetry.expectTrace(shape)
        #expect(spans.first?.name == "place order" && spans.count == 5)
      }
    }
  }

  @Test func whatDiffersIsSaidLineByLine() async throws {
    try await withTelemetryCapture { telemetry in
      try? await placeOrder(fails: true)
      withSpan("unused") { _ in }
    }
    let telemetry = try TelemetryCapture()
    try? await telemetry.capture { try await placeOrder(fails: true) }
    let wanted = SpanShape("place order", kind: .server, attributes: ["order.id": "7", "user": "*"]) {
      SpanShape("charge", hasFailed: false) { SpanShape("POST", events: []) }
      SpanShape("reserve", attributes: ["sku": "LAMP-1"])
      SpanShape("notify") { SpanShape("mail") }
    }
    let error = await #expect(throws: TraceMismatch.self) { try await telemetry.expectTrace(wanted) }
    #expect(
      error?.description == """
        expected one trace:
        ~ place order (server) failed: card declined; order.id: expected "7", is "ORD7890"; user: expected "*", is missing
        ~   charge (client) failed: card declined; expected not to have failed, has
        ~     POST failed: card declined; events: expected [], are ["exception"]
            reserve
        -   notify
        -     mail
        +   reserve
        """)
  }

  @Test func severalTracesAreNotOne() async throws {
    let telemetry = try TelemetryCapture()
    telemetry.capture {
      withSpan("one") { _ in withSpan("below") { _ in } }
      withSpan("two") { _ in }
    }
    let difference = try #require(telemetry.difference(from: SpanShape("one") { SpanShape("below") }))
    #expect(difference.hasPrefix("expected one trace, found 2:\ntrace "))
    #expect(difference.contains("\n  one\n    below") && difference.contains("\n  two"))
    #expect(try TelemetryCapture().difference(from: SpanShape("one")) == "expected one trace, found 0")
  }

  @Test func aTraceWhoseTopIsMissingHasSeveral() throws {
    let telemetry = try TelemetryCapture()
    telemetry.capture {
      let root = InstrumentationSystem.tracer.startAnySpan("root")
      for name in ["a", "b"] {
        InstrumentationSystem.tracer.startAnySpan(name, context: root.context).end()
      }
      #expect(telemetry.difference(from: SpanShape("root"))?.hasPrefix("expected one span at the top, found 2") == true)
      root.end()
    }
    #expect(
      telemetry.difference(
        from: SpanShape("root") {
          SpanShape("b"); SpanShape("a")
        }) == nil)
  }

  @Test func aSpanThatIsOpenIsWaitedFor() async throws {
    let telemetry = try TelemetryCapture()
    let span = telemetry.tracer.startSpan("slow", context: .topLevel)
    async let trace = telemetry.expectTrace(SpanShape("slow"))
    await Task.yield()
    span.end()
    #expect(try await trace.count == 1)
  }

  @Test func whatNeverEndsIsSaid() async throws {
    let telemetry = try TelemetryCapture()
    let span = telemetry.tracer.startSpan("slow", context: .topLevel)
    let error = await #expect(throws: TraceMismatch.self) {
      try await telemetry.expectTrace(SpanShape("slow"), within: .milliseconds(30))
    }
    #expect(error?.description == "expected one trace, found 0\n1 spans are still open")
    span.end()
  }

  @Test func spansAndRecordsCanBeWaitedForByName() async throws {
    let telemetry = try TelemetryCapture()
    async let order = telemetry.span("place *")
    async let record = telemetry.record("order_placed")
    try await telemetry.capture { try await placeOrder() }
    let (found, line) = try await (order, record)
    #expect(found.name == "place order" && line.spanID == found.spanID.description)
    let error = await #expect(throws: NotRecordedInTime.self) {
      try await telemetry.span("other", within: .milliseconds(10))
    }
    #expect(error?.description.contains("a span \"other\"") == true && error?.description.contains("charge") == true)
  }

  @Test func scopesSideBySideSeeOnlyTheirOwn() async throws {
    try await withThrowingTaskGroup { group in
      for number in 0..<8 {
        group.addTask {
          try await withTelemetryCapture { telemetry in
            await withSpan("span \(number)") { _ in
              await Task.yield()
              Logger.current.info("event \(number)")
              async let below: Void = withSpan("below \(number)") { _ in await Task.yield() }
              await below
            }
            try await telemetry.expectTrace(SpanShape("span \(number)") { SpanShape("below \(number)") })
            #expect(telemetry.records().map(\.event) == ["event \(number)"])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aCaptureDoesAsItsHooksAndItsRedactionSay() async throws {
    let telemetry = try TelemetryCapture(
      redaction: Redaction(names: ["user.*"]), hooks: [.defaultTags(["env": "test"]), .dropping("noise")])
    telemetry.capture {
      withSpan("order") { span in
        span.attributes["user.mail"] = "a@example.org"
        Logger.current.info("event", metadata: ["user.name": "Zoë"])
        withSpan("noise") { _ in }
      }
    }
    try await telemetry.expectTrace(
      SpanShape("order", attributes: ["env": "test", "user.mail": .string(Redaction.replacement)]))
    #expect(telemetry.records().first?["user.name"] == .string(Redaction.replacement))
  }
}
