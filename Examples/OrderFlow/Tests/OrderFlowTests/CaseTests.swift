// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Tests that start processes run one after the other, because the machine may be small.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProcessTests {}

extension ProcessTests {
  @Suite struct CaseTests {
    /// Each case is played once, and several tests look at its result.
    private static let trace = Task { try await Binary.run("run", "trace") }
    private static let logRecord = Task { try await Binary.run("run", "log-record") }

    @Test func `an order is one trace through five services and a worker`() async throws {
      let outcome = try await Self.trace.value
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()

      let spans = try outcome.spans()
      #expect(spans.count == 18)
      let ids = Set(spans.compactMap { $0["id"] as? String })
      #expect(ids.count == spans.count)
      #expect(Set(spans.compactMap { $0["traceId"] as? String }).count == 1)
      let roots = spans.filter { $0["parentId"] == nil }
      #expect(roots.count == 1)
      #expect(roots.allSatisfy { ($0["localEndpoint"] as? [String: Any])?["serviceName"] as? String == "gateway" })
      #expect(spans.allSatisfy { span in (span["parentId"] as? String).map(ids.contains) ?? true })

      // The message hop: the parent of the worker's span is the span that enqueued the task.
      let producer = try #require(spans.first { $0["kind"] as? String == "PRODUCER" })
      let consumer = try #require(spans.first { $0["kind"] as? String == "CONSUMER" })
      #expect(consumer["parentId"] as? String == producer["id"] as? String)
    }

    @Test func `an order sent as OTLP is the same tree, and the collector has its log records`() async throws {
      let zipkin = try await Self.trace.value
      try await Binary.withCollector { port in
        let outcome = try await Binary.run(["run", "trace", "--otlp"], collectorPort: port)
        #expect(outcome.status == 0, "\(outcome.output)")
        let spans = try outcome.spans()
        #expect(spans.count == 18)
        #expect(Self.edges(spans) == Self.edges(try zipkin.spans()))

        let trace = try #require(spans.first?["traceId"] as? String)
        let address = try #require(URL(string: "http://127.0.0.1:\(port)/api/spoor/trace/\(trace)"))
        let (data, _) = try await URLSession.shared.data(from: address)
        let stored = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        // Only spans that came as OTLP have this member.
        #expect(try #require(stored["spans"] as? [[String: Any]]).allSatisfy { $0["otlp"] != nil })
        let logs = try #require(stored["logs"] as? [[String: Any]])
        let written = try outcome.records().filter { $0.record["trace_id"] as? String == trace }
        #expect(written.count == 8)
        #expect(Self.summaries(logs) == Self.summaries(written.map(\.record)))
      }
    }

    /// Each span with its parent: service, name and kind of both.
    private static func edges(_ spans: [[String: Any]]) -> [String] {
      func title(_ span: [String: Any]?) -> String {
        let service = (span?["localEndpoint"] as? [String: Any])?["serviceName"] as? String
        return "\(service ?? "–"): \(span?["name"] as? String ?? "–") \(span?["kind"] as? String ?? "–")"
      }
      return spans.map { span in
        let parent = spans.first { $0["id"] as? String == span["parentId"] as? String }
        return "\(title(span)) < \(title(parent))"
      }.sorted()
    }

    /// Each record's service, span and event.
    private static func summaries(_ records: [[String: Any]]) -> [String] {
      records.map { record in
        ["service", "span_id", "event", "level"].map { record[$0] as? String ?? "–" }.joined(separator: " ")
      }.sorted()
    }

    @Test func `one grep for the trace finds the lines of all services`() async throws {
      let outcome = try await Self.trace.value
      let trace = try #require(try outcome.spans().first?["traceId"] as? String)
      let files = Set(try outcome.records().filter { $0.record["trace_id"] as? String == trace }.map(\.file))
      #expect(
        files == [
          "gateway.log", "order-service.log", "inventory-service.log", "payment-service.log", "risk-service.log",
          "fulfilment-worker.log",
        ])
    }

    @Test func `a payment that times out leaves the documented record`() async throws {
      let outcome = try await Self.logRecord.value
      #expect(outcome.status == 0, "\(outcome.output)")

      let found = try outcome.records().filter { $0.record["event"] as? String == "payment_timeout" }
      #expect(found.map(\.file) == ["order-service.log"])
      let record = try #require(found.first?.record)
      #expect(record["service"] as? String == "order-service")
      #expect(record["order_id"] as? String == "ORD7890")
      #expect(record["user_id"] as? String == "U5678")
      #expect(record["retry_count"] as? Int == 2)
      #expect(!(record["retry_count"] is String))
      #expect((record["trace_id"] as? String)?.count == 32)
      #expect((record["span_id"] as? String)?.count == 16)
      #expect(record["level"] as? String == "warning")
    }

    @Test func `an invalid order is refused at the gateway`() async throws {
      let outcome = try await Binary.run("run", "validation")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()

      let refused = try outcome.records().filter { $0.record["event"] as? String == "order_refused" }
      #expect(
        refused.compactMap { $0.record["field"] as? String } == [
          "customer.name", "customer.name", "customer.email", "customer.age", "order_id", "body", "body", "customer",
        ])
      #expect(refused.allSatisfy { $0.file == "gateway.log" })
    }

    @Test func `the printed commands of a case work in a shell`() async throws {
      let outcome = try await Self.logRecord.value
      let trace = try #require(try outcome.spans().first?["traceId"] as? String)
      #expect(outcome.commands.count >= 4, "\(outcome.output)")
      for (command, text) in try await outcome.expectCommandsToWork() {
        if command.contains("grep") { #expect(text.contains("payment_timeout"), "\(command): \(text)") }
        // The terminal's view does not shorten the trace id in the head.
        if command.contains(" trace ") { #expect(text.contains(trace), "\(text)") }
      }
    }

    @Test func `an unknown case is named in the error`() async throws {
      #expect(try await Binary.run("run", "nonsense").status == 64)
    }
  }
}
