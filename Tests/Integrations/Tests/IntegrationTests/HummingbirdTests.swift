// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Hummingbird
import IntegrationSupport
import Logging
import Spoor
import SpoorTesting
import Testing
import Tracing

/// The middleware of the article "Tuning".
private struct PathTeller<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var origin = ServiceContext.current ?? .topLevel
    origin.requestPath = request.uri.path
    return try await ServiceContext.$current.withValue(origin) { try await next(request, context) }
  }
}

/// Hummingbird's tracing middleware with Spoor's tracer, and real requests over a socket.
@Suite struct HummingbirdTests {
  private struct OutOfStock: Error, CustomStringConvertible { let description = "no lamps left" }

  /// The result of a request.
  private struct Outcome: Sendable {
    var status = 0
    var server: FinishedSpan?
    var inner: FinishedSpan?
    var record: RecordedEvent?
  }

  private func request(
    _ path: String, _ headers: [(String, String)] = [], spans: Int = 2
  ) async throws -> Outcome {
    let telemetry = try TelemetryCapture(service: "orders", sampler: ParentBasedSampler(root: AlwaysSampler()))
    let log = telemetry.logger("orders")
    let router = Router()
    router.add(middleware: TracingMiddleware(recordingHeaders: [.accept]))
    router.post("orders/{id}") { _, context -> HTTPResponse.Status in
      try withSpan("reserve") { _ in
        log.info("order_placed", metadata: ["order_id": .string(context.parameters.get("id") ?? "")])
        if context.parameters.get("id") == "ORD404" { throw OutOfStock() }
      }
      return .created
    }
    return try await withTracer(telemetry.tracer) {
      try await serving(router) { address in
        try await Caller.with { caller in
          var outcome = Outcome()
          outcome.status = try await caller.post(address + path, headers).status
          let found = try await telemetry.spans(atLeast: spans)
          outcome.server = found.first { $0.kind == .server }
          outcome.inner = found.first { $0.name == "reserve" }
          outcome.record = telemetry.records().first
          return outcome
        }
      }
    }
  }

  @Test func aRequestIsASpanNamedAfterItsRouteAndItsWorkLiesBelow() async throws {
    let outcome = try await request("/orders/ORD7890?coupon=SPRING", [("accept", "text/plain")])
    let (server, inner) = (try #require(outcome.server), try #require(outcome.inner))
    #expect(outcome.status == 201 && server.name == "/orders/{id}" && server.parentSpanID == nil)
    #expect(server.attributes["http.request.method"] == "POST" && server.attributes["http.route"] == "/orders/{id}")
    #expect(server.attributes["http.response.status_code"] == 201)
    #expect(server.attributes["http.request.header.accept"] == "text/plain")
    #expect(inner.traceID == server.traceID && inner.parentSpanID == server.spanID)
    #expect(outcome.record?.traceID == server.traceID.description)
    #expect(outcome.record?.spanID == inner.spanID.description)
  }

  @Test func aHandlerThatThrowsMarksTheSpan() async throws {
    let outcome = try await request("/orders/ORD404")
    let server = try #require(outcome.server)
    #expect(outcome.status == 500 && server.hasFailed)
    #expect(server.attributes["error.type"] == "OutOfStock" && server.events == ["exception"])
  }

  @Test(arguments: [
    ("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1"),
    ("traceparent", "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01"),
  ])
  func theCallersTraceGoesOn(name: String, value: String) async throws {
    let server = try #require(try await request("/orders/ORD7890", [(name, value)]).server)
    #expect(server.traceID.description == "463ac35c9f6413ad48485a3953bb6124")
    #expect(server.parentSpanID?.description == "a2fb4a1d1a96d312")
  }

  @Test func separateB3HeadersCountToo() async throws {
    let server = try #require(
      try await request(
        "/orders/ORD7890",
        [
          ("X-B3-TraceId", "463ac35c9f6413ad48485a3953bb6124"), ("X-B3-SpanId", "a2fb4a1d1a96d312"),
          ("X-B3-Sampled", "1"),
        ]
      ).server)
    #expect(server.parentSpanID?.description == "a2fb4a1d1a96d312")
  }

  /// Hummingbird starts every span under one name, so no rule by path could apply without the middleware.
  @Test func aRuleByPathAppliesWhereAMiddlewareTellsThePath() async throws {
    let sampler = RuleBasedSampler([try SamplingRule("path:/health*=0")], otherwise: AlwaysSampler())
    let telemetry = try TelemetryCapture(service: "orders", sampler: sampler)
    let router = Router()
    router.add(middleware: PathTeller())
    router.add(middleware: TracingMiddleware())
    router.post("health/live") { _, _ in HTTPResponse.Status.ok }
    router.post("orders") { _, _ in HTTPResponse.Status.ok }
    let names = try await withTracer(telemetry.tracer) {
      try await serving(router) { address in
        try await Caller.with { caller in
          try await caller.post(address + "/health/live?verbose=1")
          try await caller.post(address + "/orders")
          return try await telemetry.spans(atLeast: 1).map(\.name)
        }
      }
    }
    #expect(names == ["/orders"])
  }

  @Test func aCallerWhoDoesNotSampleIsObeyedAndItsLinesAreWritten() async throws {
    let outcome = try await request(
      "/orders/ORD7890", [("b3", "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-0")], spans: 0)
    #expect(outcome.status == 201 && outcome.server == nil && outcome.inner == nil)
    #expect(outcome.record?.traceID == "463ac35c9f6413ad48485a3953bb6124")
    #expect(outcome.record?["trace_flags"] == .string("00"))
  }
}
