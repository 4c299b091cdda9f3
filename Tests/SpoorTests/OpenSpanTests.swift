import Foundation
import SpoorExport
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

@Suite struct OpenSpanTests {
  @Test func aSpanThatStaysOpenIsReportedOnceAndItsEndCompletesIt() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.openSpanAge = .milliseconds(50) }
    let span = system.tracer.startSpan("slow")
    span.attributes["order.id"] = "ORD7890"
    try await EndingBench.eventually("the open span is reported") { !bench.delivered.isEmpty }
    let partial = try #require(bench.delivered.first)
    #expect(partial["duration"] == nil && partial["timestamp"] != nil)
    let annotations = try #require(partial["annotations"] as? [[String: Any]])
    #expect(annotations.map { $0["value"] as? String } == ["spoor.open"])
    let tags = try #require(partial["tags"] as? [String: String])
    #expect(tags["order.id"] == "ORD7890" && tags["error"] == nil)
    #expect(tags["spoor.origin"]?.contains("OpenSpanTests.swift") == true)
    // A young one beside it is left alone, and the old one is not reported again.
    try await EndingBench.eventually("it is said") { bench.line("spans_open_for_long") != nil }
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
    let system = try bench.system { $0.openSpanAge = .milliseconds(50) }
    let span = system.tracer.startSpan("open")
    try await EndingBench.eventually("it is sent in vain") { !bench.server.requests.isEmpty }
    let report = await system.shutdown(timeout: .milliseconds(100))
    #expect(report.undeliveredSpans == 0 && report.openSpans == 1)
    span.end()
  }

  @Test func anAgeOfZeroMeansNever() throws {
    var configuration = SpoorConfiguration()
    configuration.openSpanAge = .zero
    #expect(try ResolvedConfiguration(configuration, environment: [:]).shipper.openSpanAge == nil)
    let fromEnvironment = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["SPOOR_OPEN_SPAN_AGE": "90000"])
    #expect(fromEnvironment.shipper.openSpanAge == .seconds(90))
  }
}
