// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorExport
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

@Suite struct OpenSpanTests {
  @Test func aSpanThatStaysOpenIsReportedOnceAndItsEndCompletesIt() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.export.openSpans = .reported(after: .milliseconds(50)) }
    let span = system.tracer.startSpan("slow")
    span.attributes["order.id"] = "ORD7890"
    try await eventually("the open span is reported") { !bench.delivered.isEmpty }
    let partial = try #require(bench.delivered.first)
    #expect(partial["duration"] == nil && partial["timestamp"] != nil)
    let annotations = try #require(partial["annotations"] as? [[String: Any]])
    #expect(annotations.map { $0["value"] as? String } == ["spoor.open"])
    let tags = try #require(partial["tags"] as? [String: String])
    #expect(tags["order.id"] == "ORD7890" && tags["error"] == nil)
    #expect(tags["spoor.origin"]?.contains("OpenSpanTests.swift") == true)
    // A younger open span is not reported, and the old one is not reported again.
    try await eventually("it is logged") { bench.line("spans_open_for_long") != nil }
    span.end()
    let report = await system.shutdown(timeout: .seconds(10))
    #expect(report.undeliveredSpans == 0 && report.openSpans == 0)
    #expect(bench.delivered.count == 2)
    let whole = try #require(bench.delivered.last)
    #expect(whole["id"] as? String == partial["id"] as? String && whole["duration"] != nil)
    #expect(whole["annotations"] == nil)
  }

  @Test func aCollectorThatIsDownDoesNotMakeOpenSpansUndelivered() async throws {
    let bench = try SystemBench { _ in .answer(503) }
    let system = try bench.system { $0.export.openSpans = .reported(after: .milliseconds(50)) }
    let span = system.tracer.startSpan("open")
    try await eventually("the send fails") { !bench.server.requests.isEmpty }
    let report = await system.shutdown(timeout: .milliseconds(100))
    #expect(report.undeliveredSpans == 0 && report.openSpans == 1)
    span.end()
  }

  /// What the collector has of it is a report; the span itself is sent at its end.
  @Test func aReportedSpanCountsAsSentOnceItHasEnded() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.export.openSpans = .reported(after: .milliseconds(20)) }
    let span = system.tracer.startSpan("open")
    try await eventually("the open span is reported") { !bench.delivered.isEmpty }
    let spans = await system.shutdown(timeout: .seconds(10)).spans
    #expect(spans.sent == 0 && spans.open == 1 && spans.isBalanced)
    span.end()
  }

  /// The keep rules may discard it at its end, so it must not be sent before.
  @Test func anUnsampledSpanThatWaitsForTheKeepRulesIsNotReported() async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.export.openSpans = .reported(after: .milliseconds(20))
      $0.sampling.rules = [SamplingRule(operation: "unsampled", NeverSampler())]
      $0.sampling.keep.failed = true
    }
    let unsampled = system.tracer.startSpan("unsampled")
    let child = system.tracer.startSpan("child", context: unsampled.context)
    let sampled = system.tracer.startSpan("sampled")
    try await eventually("the sampled span is reported") { bench.names().contains("sampled") }
    let again = system.tracer.startSpan("younger")
    try await eventually("the younger span is reported") { bench.names().contains("younger") }
    #expect(bench.names() == ["sampled", "younger"])
    child.setStatus(SpanStatus(code: .error))
    for span in [child, unsampled, sampled, again] { span.end() }
    let spans = await system.shutdown(timeout: .seconds(10)).spans
    #expect(bench.names() == ["sampled", "younger", "unsampled", "child"] && spans.sent == 4)
  }

  @Test func anAgeOfZeroMeansNever() throws {
    var configuration = SpoorConfiguration()
    configuration.export.openSpans = .unreported
    #expect(try ResolvedConfiguration(configuration, environment: [:]).shipper.openSpanAge == nil)
    let fromEnvironment = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["SPOOR_OPEN_SPAN_AGE": "90000"])
    #expect(fromEnvironment.shipper.openSpanAge == .seconds(90))
  }
}
