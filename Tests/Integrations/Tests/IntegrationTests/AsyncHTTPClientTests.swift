// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Hummingbird
import IntegrationSupport
import NIOCore
import NIOHTTP1
import SpoorTesting
import Testing
import Tracing

/// AsyncHTTPClient's tracing with Spoor's tracer.
@Suite struct AsyncHTTPClientTests {
  private func post(
    to path: String, with telemetry: TelemetryCapture, in span: String? = "place order"
  ) async throws -> Mailbox.Letter {
    let mailbox = Mailbox()
    let router = Router()
    mailbox.addRoutes(to: router, at: "charges")
    mailbox.addRoutes(to: router, at: "refused", status: .badGateway)
    try await serving(router) { address in
      try await withTracedClient(telemetry.tracer) { http in
        var request = HTTPClientRequest(url: address + path)
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: "{}"))
        try await telemetry.tracer.withSpan(span ?? "caller") { _ in
          let response = try await http.execute(request, timeout: .seconds(120))
          _ = try await response.body.collect(upTo: 1 << 20)
        }
      }
    }
    return try #require(mailbox.letters.first)
  }

  @Test func aCallIsAClientSpanAndItsIdsTravelInB3AndInTraceparent() async throws {
    let telemetry = try TelemetryCapture()
    let letter = try await post(to: "/charges?card=visa", with: telemetry)
    let spans = try await telemetry.spans(atLeast: 2)
    let client = try #require(spans.first { $0.kind == .client })
    let caller = try #require(spans.first { $0.name == "place order" })
    #expect(client.name == "POST" && client.parentSpanID == caller.spanID)
    #expect(client.attributes["server.address"] == "127.0.0.1" && client.attributes["server.port"] != nil)
    #expect(client.attributes["http.status_code"] == 200 && !client.hasFailed)
    let ids = "\(client.traceID)-\(client.spanID)"
    #expect(letter["b3"] == ["\(ids)-1-\(caller.spanID)"])
    #expect(letter["traceparent"] == ["00-\(ids)-01"])
  }

  @Test func anAnswerThatIsAnErrorMarksTheSpan() async throws {
    let telemetry = try TelemetryCapture()
    _ = try await post(to: "/refused", with: telemetry)
    let client = try #require(try await telemetry.spans(atLeast: 2).first { $0.kind == .client })
    #expect(client.hasFailed && client.attributes["http.status_code"] == 502)
  }

  @Test func aServerThatIsNotThereMarksTheSpan() async throws {
    let telemetry = try TelemetryCapture()
    let gone = try await serving(Router()) { $0 }
    await #expect(throws: (any Error).self) {
      try await withTracedClient(telemetry.tracer) { http in
        _ = try await http.execute(HTTPClientRequest(url: gone), timeout: .seconds(120))
      }
    }
    let client = try #require(try await telemetry.spans(atLeast: 1).first)
    #expect(client.hasFailed && client.kind == .client && client.events == ["exception"])
  }

  @Test func anUnsampledTraceTellsTheOtherSideNotToSample() async throws {
    let telemetry = try TelemetryCapture(sampler: NeverSampler())
    let letter = try await post(to: "/charges", with: telemetry)
    #expect(telemetry.spans().isEmpty)
    #expect(letter["traceparent"].first?.hasSuffix("-00") == true)
    #expect(letter["b3"].first?.split(separator: "-")[2] == "0")
  }
}
