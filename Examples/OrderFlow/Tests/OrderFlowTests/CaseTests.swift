import Foundation
import Testing

/// What starts processes runs one after the other: the machine may be small.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProcessTests {}

extension ProcessTests {
  @Suite struct CaseTests {
    /// Each played once: several tests look at what it left.
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

      // The message hop: the worker's span is below the span that left the task.
      let producer = try #require(spans.first { $0["kind"] as? String == "PRODUCER" })
      let consumer = try #require(spans.first { $0["kind"] as? String == "CONSUMER" })
      #expect(consumer["parentId"] as? String == producer["id"] as? String)
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

    @Test func `a payment that times out leaves the record that the story asks for`() async throws {
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

    @Test func `an order that makes no sense is refused at the door`() async throws {
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

    @Test func `the commands that a case prints work when they are pasted`() async throws {
      let outcome = try await Self.logRecord.value
      let trace = try #require(try outcome.spans().first?["traceId"] as? String)
      #expect(outcome.commands.count >= 4, "\(outcome.output)")
      for (command, text) in try await outcome.expectCommandsToWork() {
        if command.contains("grep") { #expect(text.contains("payment_timeout"), "\(command): \(text)") }
        // The terminal's view shortens nothing of the head: the trace is named whole.
        if command.contains(" trace ") { #expect(text.contains(trace), "\(text)") }
      }
    }

    @Test func `a case that does not exist is named in the error`() async throws {
      #expect(try await Binary.run("run", "nonsense").status == 64)
    }
  }
}
