// SPDX-License-Identifier: Apache-2.0

import Logging
import SpoorTesting
import Testing
import Tracing

/// A service's telemetry in a user's test.
@Suite struct TelemetryCaptureTests {
  private struct OutOfStock: Error, CustomStringConvertible { let description = "no lamps left" }

  private func placeOrder(_ log: Logger, fails: Bool) async throws {
    try await withSpan("place order", ofKind: .server) { span in
      span.attributes["order.id"] = "ORD7890"
      span.attributes["items"] = 3
      log.info("order_placed", metadata: ["items": .stringConvertible(3), "order_id": "ORD7890"])
      async let reserved: Void = withSpan("reserve") { _ in if fails { throw OutOfStock() } }
      try await reserved
    }
  }

  @Test func spansAndRecordsOfAScopeAreThere() async throws {
    let telemetry = try TelemetryCapture(service: "orders")
    try await withTracer(telemetry.tracer) { try await placeOrder(telemetry.logger(), fails: false) }
    let spans = try await telemetry.spans(atLeast: 2)
    let order = try #require(spans.first { $0.name == "place order" })
    let reserve = try #require(spans.first { $0.name == "reserve" })
    #expect(reserve.parentSpanID == order.spanID && reserve.traceID == order.traceID)
    #expect(order.attributes["order.id"] == "ORD7890" && order.attributes["items"] == 3 && order.kind == .server)
    #expect(!order.hasFailed && order.duration >= .microseconds(1))
    let record = try #require(telemetry.records().first)
    #expect(record.event == "order_placed" && record["items"] == .integer(3))
    #expect(record.traceID == order.traceID.description && record.spanID == order.spanID.description)
    #expect(telemetry.openSpans == 0 && telemetry.droppedSpans == 0)
  }

  @Test func aFailureHasItsStatus() async throws {
    let telemetry = try TelemetryCapture()
    await #expect(throws: OutOfStock.self) {
      try await withTracer(telemetry.tracer) { try await placeOrder(telemetry.logger(), fails: true) }
    }
    let spans = try await telemetry.spans(atLeast: 2)
    #expect(spans.allSatisfy { $0.hasFailed && $0.statusMessage == "no lamps left" && $0.events == ["exception"] })
    #expect(spans.allSatisfy { $0.attributes["error.type"] == "OutOfStock" })
  }

  @Test func testsSideBySideSeeOnlyTheirOwn() async throws {
    try await withThrowingTaskGroup { group in
      for number in 0..<8 {
        group.addTask {
          let telemetry = try TelemetryCapture()
          await withTracer(telemetry.tracer) { await withSpan("span \(number)") { _ in await Task.yield() } }
          #expect(try await telemetry.spans(atLeast: 1).map(\.name) == ["span \(number)"])
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func whatIsMissingIsSaid() async throws {
    let telemetry = try TelemetryCapture()
    telemetry.tracer.withSpan("one") { _ in }
    let error = await #expect(throws: NotRecordedInTime.self) {
      try await telemetry.spans(atLeast: 2, within: .milliseconds(20))
    }
    #expect(error?.description.contains("expected 2") == true && error?.description.contains("one") == true)
  }
}
