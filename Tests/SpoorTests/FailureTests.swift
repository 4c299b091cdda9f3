// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Real processes with failures: their logs and the spans at their collector.
@Suite struct FailureTests {
  private struct Run {
    let records: [[String: Any]]
    let spans: [[String: Any]]

    init(_ scenario: String, environment: [String: String] = [:]) throws {
      let bench = try EndingBench(program: "FailureProbe")
      // Reading debug information is slow on a machine that is busy with other tests; one second is the drain's own
      // limit.
      let patience = ["SPOOR_STACK_PATIENCE": "20000"]
      let process = try bench.run(scenario, environment: patience.merging(environment) { $1 })
      #expect(process.terminationStatus == 0)
      records = try bench.records()
      spans = bench.spans
    }

    func record(_ event: String) throws -> [String: Any] {
      try #require(records.first { $0["event"] as? String == event }, "\(records)")
    }

    func tags(_ span: String) throws -> [String: String] {
      try #require(spans.first { $0["name"] as? String == span }?["tags"] as? [String: String], "\(spans)")
    }
  }

  @Test("a logged failure has the place of its throw, its cause and its spans")
  func loggedFailureIsWhole() throws {
    let run = try Run("logged")
    let record = try run.record("payment_failed")
    #expect(record["error.type"] as? String == "PaymentTimeout")
    #expect(record["error.message"] as? String == "no answer in 300 ms")
    #expect(record["error.stack_source"] as? String == "exact")
    let stack = try #require(record["error.stack_trace"] as? String)
    #expect(stack.hasPrefix("static Payments.charge() at FailureProbe.swift:"), "\(stack)")
    #expect(stack.contains("Scenarios.logged"), "\(stack)")
    #expect(record["error.spans"] as? [String] == ["POST /orders", "charge"])
    #expect((record["error.fingerprint"] as? String)?.count == 16)
    #expect(record["error.handled"] == nil)
    #expect(record["order_id"] as? String == "ORD7890")
    let causes = try #require(record["error.causes"] as? [[String: String]])
    #expect(causes.map { $0["type"] } == ["HTTPTimeout"])
    #expect(causes.first?["stack_trace"]?.hasPrefix("static Payments.read() at FailureProbe.swift:") == true)
    let thrower = run.spans.first { $0["name"] as? String == "charge" }
    #expect(record["error.span_id"] as? String == thrower?["id"] as? String)
    #expect(record["trace_id"] as? String == thrower?["traceId"] as? String)
  }

  @Test("the fingerprint is the same in each run")
  func fingerprintIsStable() throws {
    let prints = try (0..<2).map { _ in try Run("logged").record("payment_failed")["error.fingerprint"] as? String }
    #expect(prints[0]?.count == 16 && prints[0] == prints[1])
  }

  @Test("a span that throws has the failure as tags and as an annotation")
  func spanHasTheFailure() throws {
    let run = try Run("logged")
    let tags = try run.tags("charge")
    #expect(tags["error"] == "no answer in 300 ms")
    #expect(tags["error.type"] == "PaymentTimeout")
    #expect(tags["error.stack_trace"]?.hasPrefix("static Payments.charge() at FailureProbe.swift:") == true)
    #expect(tags["error.id"].flatMap(Int.init) == (try run.record("payment_failed")["error.id"] as? Int))
    let annotations = run.spans.first { $0["name"] as? String == "charge" }?["annotations"] as? [[String: Any]]
    let text = annotations?.first?["value"] as? String
    #expect(text?.contains(#""exception.type": "FailureProbe.PaymentTimeout""#) == true, "\(text ?? "none")")
  }

  @Test("a failure that is recorded again on its way up refers to the full record")
  func secondRecordRefers() throws {
    let run = try Run("twice")
    let first = try run.record("first")
    let second = try run.record("second")
    #expect(first["error.stack_trace"] != nil && first["error.id"] != nil && first["error.same_as"] == nil)
    #expect(second["error.same_as"] as? Int == first["error.id"] as? Int)
    #expect(second["error.stack_trace"] == nil && second["error.causes"] == nil)
    #expect(second["error.type"] as? String == "PaymentTimeout")
    let inner = try run.tags("inner")
    let outer = try run.tags("outer")
    #expect(inner["error.stack_trace"] != nil && inner["error.id"] != nil)
    #expect(outer["error.stack_trace"] == nil && outer["error.same_as"] == inner["error.id"])
    #expect(outer["error"] == "no answer in 300 ms")
  }

  @Test("a failure that is recovered from is handled, and its span has not failed")
  func recoveredFailureIsHandled() throws {
    let run = try Run("recovered")
    let record = try run.record("payment_timeout")
    #expect(record["level"] as? String == "warning")
    #expect(record["error.handled"] as? Bool == true)
    #expect((record["error.stack_trace"] as? String)?.hasPrefix("static Payments.charge()") == true)
    #expect(record["error.spans"] as? [String] == ["place order"])
    let tags = try run.tags("place order")
    #expect(tags["error"] == nil && tags["otel.status_code"] == nil)
    #expect(tags["error.handled"] == "true")
    #expect(tags["error.type"] == "PaymentTimeout" && tags["error.stack_trace"] != nil)
    #expect(tags["fallback"] == "PaymentTimeout" && tags["number"] == "2")
  }

  @Test("a failure that is logged outside its trace still belongs to it")
  func lateFailureHasItsTrace() throws {
    let run = try Run("outside")
    let record = try run.record("late")
    let span = try #require(run.spans.first)
    #expect(record["trace_id"] as? String == span["traceId"] as? String)
    #expect(record["span_id"] as? String == span["id"] as? String)
    #expect((record["error.stack_trace"] as? String)?.hasPrefix("static Payments.charge()") == true)
  }

  @Test("a failure has the last ten events of its trace and none of another")
  func breadcrumbsAreAttached() throws {
    let crumbs = try #require(try Run("crumbs").record("failed")["error.breadcrumbs"] as? [[String: String]])
    #expect(crumbs.map { $0["event"] } == (5..<15).map { "step_\($0)" })
    let few = try Run("crumbs", environment: ["SPOOR_BREADCRUMBS": "2"]).record("failed")
    #expect((few["error.breadcrumbs"] as? [[String: String]])?.map { $0["event"] } == ["step_13", "step_14"])
    #expect(try Run("crumbs", environment: ["SPOOR_BREADCRUMBS": "0"]).record("failed")["error.breadcrumbs"] == nil)
  }

  @Test("a context's sentence precedes the message, and the stack is the original's")
  func contextIsShown() throws {
    let record = try Run("context").record("failed")
    #expect(record["error.type"] as? String == "PaymentTimeout")
    #expect(record["error.message"] as? String == "failed to get user 5: no answer in 300 ms")
    #expect((record["error.stack_trace"] as? String)?.hasPrefix("static Payments.charge()") == true)
    #expect(
      (record["error.causes"] as? [[String: String]])?.map { $0["type"] } == ["PaymentTimeout", "HTTPTimeout"])
  }

  @Test("OpenTelemetry's names are used if configured")
  func openTelemetryNames() throws {
    let run = try Run("logged", environment: ["SPOOR_ERROR_NAMES": "otel"])
    let record = try run.record("payment_failed")
    #expect(record["exception.type"] as? String == "PaymentTimeout")
    #expect(record["exception.message"] as? String == "no answer in 300 ms")
    #expect((record["exception.stacktrace"] as? String)?.hasPrefix("static Payments.charge()") == true)
    #expect(record["error.type"] == nil && record["error.message"] == nil && record["error.stack_trace"] == nil)
    #expect(try run.tags("charge")["error.stack_trace"] == nil)
    let annotations = run.spans.first { $0["name"] as? String == "charge" }?["annotations"] as? [[String: Any]]
    #expect(
      (annotations?.first?["value"] as? String)?.contains(#""exception.stacktrace": "static Payments"#) == true,
      "\(annotations?.first ?? [:])")
  }

  @Test("with the capture off a failure has the place that recorded it, marked as such")
  func captureCanBeOff() throws {
    let record = try Run("logged", environment: ["SPOOR_STACKS": "off"]).record("payment_failed")
    #expect(record["error.stack_source"] as? String == "catch_site")
    #expect(record["error.type"] as? String == "PaymentTimeout")
  }

  @Test("a failure captured by hand knows its throw, and does not change the span")
  func capturedByHand() throws {
    let run = try Run("byhand")
    let record = try run.record("by_hand")
    #expect(record["source"] as? String == "exact" && record["type"] as? String == "PaymentTimeout")
    #expect(try run.tags("by hand")["error.stack_trace"]?.hasPrefix("static Payments.charge()") == true)
  }

  @Test("many failures at once are all written, each with a stack, and no line behind them is lost")
  func stormIsWritten() throws {
    let run = try Run("storm")
    let failed = run.records.filter { $0["event"] as? String == "failed" }
    let lines = run.records.filter { $0["event"] as? String == "line" }
    #expect(Set(failed.compactMap { $0["number"] as? Int }) == Set(0..<1600) && failed.count == 1600)
    #expect(Set(lines.compactMap { $0["number"] as? Int }) == Set(0..<1600) && lines.count == 1600)
    let named = failed.filter { ($0["error.stack_trace"] as? String)?.isEmpty == false }
    #expect(named.count == 1600)
  }
}
