// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import IntegrationSupport
import Logging
import Spoor
import SpoorHummingbird
import SpoorTesting
import Testing
import Tracing

/// The code of the article "Recipes", which scripts/snippets.py puts beside this file, in use.
@Suite struct RecipeTests {
  @Test(arguments: [("/orders/ORD7890", 200, "/orders/{id}"), ("/orders/nonsense", 404, "/orders/{id}")])
  func `every answer of a traced route has its trace's id`(path: String, status: Int, name: String) async throws {
    let telemetry = try TelemetryCapture()
    let answer = try await withTracer(telemetry.tracer) {
      try await serving(shopRouter()) { address in
        try await Caller.with { try await $0.get(address + path) }
      }
    }
    let span = try #require(try await telemetry.spans(atLeast: 1).first)
    #expect(answer.status == status && span.name == name)
    #expect(answer.headers["trace-id"] == span.traceID.description)
  }

  @Test func `a health check has no trace`() async throws {
    let telemetry = try TelemetryCapture()
    let answer = try await withTracer(telemetry.tracer) {
      try await serving(shopRouter()) { address in
        try await Caller.with { try await $0.get(address + "/health") }
      }
    }
    #expect(answer.status == 200 && answer.headers["trace-id"] == nil && telemetry.spans().isEmpty)
  }

  @Test func `an error that has no answer of its own is 500 with the trace's id, and the span knows its route`()
    async throws
  {
    let telemetry = try TelemetryCapture()
    let router = Router()
    router.addTracing()
    router.get("charges/{id}") { _, _ -> HTTPResponse.Status in
      try withSpan("charge") { _ in throw PaymentTimeout() }
    }
    let answer = try await withTracer(telemetry.tracer) {
      try await serving(router) { address in
        try await Caller.with { try await $0.get(address + "/charges/7") }
      }
    }
    let span = try #require(try await telemetry.spans(atLeast: 2).first { $0.kind == .server })
    #expect(answer.status == 500 && answer.headers["trace-id"] == span.traceID.description)
    #expect(span.name == "/charges/{id}" && span.hasFailed)
  }

  @Test func `the user's id is on every line of the request`() async throws {
    let log = FileManager.default.temporaryDirectory.appending(component: "recipe-\(UUID().uuidString).log")
    defer { try? FileManager.default.removeItem(at: log) }
    var configuration = SpoorConfiguration()
    configuration.environment = [:]
    configuration.export.exporters = []
    configuration.journal.location = .memory
    configuration.logging.destinations = [.file(path: log.path)]
    configuration.propagation.baggageLogFields = ["user.id"]
    let spoor = try SpoorSystem.bootstrap(service: "shop", configuration: configuration, install: [])
    let orders = spoor.logger(label: "orders")
    let router = Router()
    router.addTracing()
    router.add(middleware: UserInBaggage { $0.headers[.authorization] })
    router.get("orders") { _, _ in
      orders.info("orders_listed")
      return HTTPResponse.Status.ok
    }
    _ = try await withTracer(spoor.tracer) {
      try await serving(router) { address in
        try await Caller.with { caller in
          _ = try await caller.get(address + "/orders", [("authorization", "U1234")])
          return try await caller.get(address + "/orders")
        }
      }
    }
    await spoor.shutdown()
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").filter {
      $0.contains("orders_listed")
    }
    #expect(lines.count == 2 && lines.count { $0.contains(#""user.id":"U1234""#) } == 1, "\(lines)")
  }

  @Test func `the hook renames, marks and drops`() async throws {
    let telemetry = try TelemetryCapture(hooks: configurationWithHook().spans.hooks)
    withTracer(telemetry.tracer) {
      withSpan("heartbeat") { _ in }
      withSpan("/wp-admin") { $0.attributes["http.response.status_code"] = 404 }
    }
    let spans = try await telemetry.spans(atLeast: 1)
    #expect(spans.map(\.name) == ["not found"])
    #expect(spans.first?.attributes["deployment.environment.name"] == "production")
  }

  @Test func `a deadline is a failure, the caller's cancellation is none`() async throws {
    let telemetry = try TelemetryCapture()
    await withTracer(telemetry.tracer) {
      await #expect(throws: DeadlineExceeded.self) {
        try await withDeadline(.milliseconds(1)) { try await Task.sleep(for: .seconds(60)) }
      }
      let caller = Task { try await withDeadline(.seconds(60)) { try await Task.sleep(for: .seconds(60)) } }
      caller.cancel()
      await #expect(throws: CancellationError.self) { try await caller.value }
    }
    let spans = try await telemetry.spans(atLeast: 2)
    #expect(spans.count { $0.hasFailed } == 1)
    #expect(spans.first { !$0.hasFailed }?.attributes["cancelled"] != nil)
  }

  @Test func `a query is a span with the statement and without its values`() async throws {
    let telemetry = try TelemetryCapture()
    let rows = try await withTracer(telemetry.tracer) {
      try await tracedQuery(
        "SELECT orders", statement: "SELECT * FROM orders WHERE id = $1", database: "shop", server: "db.example"
      ) { 3 }
    }
    let span = try await telemetry.span("SELECT orders")
    #expect(rows == 3 && span.kind == .client && span.attributes["db.system.name"] == "postgresql")
    #expect(span.attributes["db.query.text"] == "SELECT * FROM orders WHERE id = $1")
  }

  @Test func `a broker's message continues the trace`() async throws {
    let telemetry = try TelemetryCapture()
    try await withTracer(telemetry.tracer) {
      var sent: BrokerHeaders = []
      try await produce(to: "orders") { sent = $0 }
      try await consume(from: "orders", sent) {}
    }
    let (producer, consumer) = (try await telemetry.span("send orders"), try await telemetry.span("process orders"))
    #expect(consumer.traceID == producer.traceID && consumer.parentSpanID == producer.spanID)
  }

  @Test func `a page may send a trace and read its id`() async throws {
    let telemetry = try TelemetryCapture()
    let router = Router()
    addBrowserAccess(to: router)
    router.get("orders") { _, _ in HTTPResponse.Status.ok }
    let answer = try await withTracer(telemetry.tracer) {
      try await serving(router) { address in
        try await Caller.with {
          try await $0.get(
            address + "/orders",
            [
              ("origin", "https://shop.example"),
              ("traceparent", "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01"),
            ])
        }
      }
    }
    #expect(answer.headers["access-control-expose-headers"]?.lowercased().contains("trace-id") == true)
    #expect(answer.headers["trace-id"] == "463ac35c9f6413ad48485a3953bb6124")
  }
}
