// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Foundation
import Logging
import MetricsTestKit
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorTracing

@Suite struct SelfMetricsTests {
  private func total(_ metrics: TestMetrics, _ label: String, _ dimensions: [(String, String)] = []) throws -> Int64 {
    try metrics.expectCounter(label, dimensions).totalValue
  }

  @Test func whatHappenedIsCounted() async throws {
    let metrics = TestMetrics()
    let bench = try SystemBench { request in
      request.text.contains("\"bad\"") ? .answer(400, body: "bad span") : .answer(202)
    }
    let system = try bench.system {
      $0.metricsFactory = metrics
      $0.journal.bytes = 1 << 20
    }
    for number in 0..<100 { system.tracer.withSpan(number == 41 ? "bad" : "span \(number)") { _ in } }
    system.logger(label: "test").info("line")
    let open = system.tracer.startSpan("open")
    _ = await system.shutdown(timeout: .seconds(10))
    #expect(try total(metrics, "spoor.spans.started") == 101)
    #expect(try total(metrics, "spoor.spans.sent") == 99)
    #expect(try total(metrics, "spoor.spans.dropped", [("reason", "rejected")]) == 1)
    #expect(try total(metrics, "spoor.spans.dropped", [("reason", "journal_full")]) == 0)
    #expect(try total(metrics, "spoor.log.lines.written") == Int64(bench.lines.count))
    #expect(try total(metrics, "spoor.log.lines.dropped") == 0)
    #expect(try metrics.expectMeter("spoor.spans.held").lastValue == 0)
    #expect(try metrics.expectMeter("spoor.spans.open").lastValue == 1)
    #expect(try metrics.expectMeter("spoor.journal.bytes").lastValue == 512)
    #expect(try metrics.expectTimer("spoor.send.duration").values.count == bench.server.requests.count)
    open.end()
  }

  @Test func whatTheJournalCannotHoldAndWhatIsTriedAgainIsCounted() async throws {
    let metrics = TestMetrics()
    let bench = try SystemBench { _ in .answer(503) }
    let system = try bench.system {
      $0.metricsFactory = metrics
      $0.journal.bytes = 1 << 20
    }
    let capacity = system.journal.layout.slotCount
    for _ in 0..<capacity + 5 { system.tracer.withSpan("span") { _ in } }
    _ = await system.shutdown(timeout: .milliseconds(300))
    #expect(try total(metrics, "spoor.spans.dropped", [("reason", "journal_full")]) == 5)
    #expect(try total(metrics, "spoor.send.retries") == Int64(bench.server.requests.count))
    #expect(try metrics.expectMeter("spoor.spans.held").lastValue == Double(capacity))
    #expect(try metrics.expectMeter("spoor.journal.bytes").lastValue == Double(capacity * 512))
  }

  @Test func whatIsLeftOutIsCounted() async throws {
    let metrics = TestMetrics()
    let bench = try SystemBench()
    let system = try bench.system {
      $0.metricsFactory = metrics
      $0.sampling.sampler = NeverSampler()
    }
    for _ in 0..<7 { system.tracer.withSpan("span") { _ in } }
    _ = await system.shutdown(timeout: .seconds(10))
    #expect(try total(metrics, "spoor.spans.sampled_out") == 7)
    #expect(try total(metrics, "spoor.spans.started") == 7)
  }
}

extension TestCounter {
  fileprivate var totalValue: Int64 { values.reduce(0, +) }
}
