// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import SpoorTracing
import Testing
import Tracing

@testable import Spoor

/// The sampler, its rules and rates, and the keep rules change while a service runs.
@Suite struct SamplingChangeTests {
  private func count(_ system: SpoorSystem, _ name: String = "span", of count: Int = 100) -> Int {
    let before = system.journal.account().sampledOut
    for _ in 0..<count { system.tracer.withSpan(name) { _ in } }
    return count - (system.journal.account().sampledOut - before)
  }

  @Test func aCallChangesWhatIsRecordedAndIsLogged() async throws {
    let bench = try OptionBench(.environment)
    try await bench.run([:], others: ["OTEL_TRACES_SAMPLER": "always_on"]) { _ in
    } work: { system in
      #expect(count(system) == 100)
      var sampling = SpoorConfiguration.Sampling()
      sampling.rules = [SamplingRule(operation: "health*", NeverSampler())]
      try system.setSampling(sampling)
      #expect(count(system, "health check") == 0 && count(system) == 100)
      sampling.sampler = ParentBasedSampler(root: NeverSampler())
      sampling.keep.failed = true
      try system.setSampling(sampling)
      #expect(count(system) == 0)
      system.tracer.withSpan("failed") { $0.setStatus(SpanStatus(code: .error)) }
      sampling.tracesPerSecond = -1
      let error = try #require(throws: SpoorError.self) { try system.setSampling(sampling) }
      #expect("\(error)".contains("sampling.tracesPerSecond"))
      #expect(count(system) == 0, "an invalid change changes nothing")
      try system.setSampling(nil)
      #expect(count(system) == 100)
      await system.flush(timeout: .seconds(10))
    }
    #expect(bench.names.contains("failed"), "keep rules change too")
    let records = bench.lines("sampling_changed")
    #expect(records.count == 3 && records.allSatisfy { $0["by"] as? String == "call" })
    #expect(
      records.compactMap { $0["sampler"] as? String } == [
        "rule=operation:health* always_off, otherwise always_on",
        "parent, otherwise rule=operation:health* always_off, otherwise always_off", "always_on",
      ])
    #expect(records.compactMap { $0["keep"] as? String } == ["none", "failed", "none"])
  }

  @Test func aFileComesBeforeCodeAndMistakesInItChangeNothing() async throws {
    let bench = try OptionBench(.code)
    let file = bench.folder.appending(path: "sampling").path
    func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
    try await bench.run([:]) {
      $0.sampling.file = file
      $0.sampling.sampler = AlwaysSampler()
      $0.sampling.rules = [SamplingRule(operation: "health*", NeverSampler())]
    } work: { system in
      #expect(bench.lines("sampling_changed").isEmpty, "the file need not exist")
      #expect(count(system) == 100)
      try write("OTEL_TRACES_SAMPLER=traceidratio\nOTEL_TRACES_SAMPLER_ARG=0.0\n")
      try await eventually("the file is read") { bench.lines("sampling_changed").count == 1 }
      #expect(count(system) == 0)
      for (number, text) in ["OTEL_TRACES_SAMPLER=sometimes", "SPOOR_ENDPOINTS=http://x/", "nonsense"].enumerated() {
        try write(text)
        try await eventually("a mistake is logged") { bench.lines("sampling_not_changed").count == number + 1 }
      }
      #expect(count(system) == 0)
      try write("SPOOR_SAMPLING_RULES=operation:span=0\n")
      try await eventually("the file is read") { bench.lines("sampling_changed").count == 2 }
      #expect(count(system) == 0 && count(system, "other") == 100 && count(system, "health") == 100)
    }
    let reasons = bench.lines("sampling_not_changed").compactMap { $0["reason"] as? String }
    #expect(reasons.count == 3 && reasons[0].contains("OTEL_TRACES_SAMPLER") && reasons[1].contains("SPOOR_ENDPOINTS"))
  }

  @Test func changesWhileManyThreadsStartSpansLoseNone() async throws {
    let bench = try OptionBench(.environment)
    let report = try await bench.run([:], others: ["SPOOR_JOURNAL_BYTES": "67108864"]) { _ in
    } work: { system in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { for _ in 0..<5000 { system.tracer.withSpan("span") { _ in } } }
        }
        group.addTask {
          for number in 0..<200 {
            var sampling = SpoorConfiguration.Sampling()
            sampling.sampler = number % 2 == 0 ? NeverSampler() : AlwaysSampler()
            try? system.setSampling(sampling)
            await Task.yield()
          }
        }
      }
    }
    #expect(report.spans.started == 20_000 && report.spans.isBalanced && report.spans.dropped.isEmpty)
    #expect(report.spans.sampledOut + report.spans.sent == 20_000)
  }
}
