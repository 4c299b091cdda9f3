// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing
import Tracing

@testable import Spoor

/// Debug lines are only written for failed traces.
@Suite struct HeldLogTests {
  private struct Oops: Error {}

  private func events(_ bench: SystemBench) -> [String] {
    bench.lines.compactMap { $0["event"] as? String }.filter { !$0.hasPrefix("spoor") }
  }

  @Test func debugLinesAreWrittenOnlyOfATraceThatFails() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.held.level = .from(.debug) }
    let logger = system.logger(label: "orders")
    system.tracer.withSpan("good") { _ in
      logger.debug("query_of_the_good")
      logger.info("good")
    }
    try? system.tracer.withSpan("bad") { _ in
      logger.debug("query_of_the_bad")
      logger.trace("below_what_is_held")
      throw Oops()
    }
    _ = await system.shutdown()
    let found = events(bench)
    #expect(found.contains("good") && found.contains("query_of_the_bad"))
    #expect(!found.contains("query_of_the_good") && !found.contains("below_what_is_held"))
  }

  @Test func aRecordOfLevelErrorBringsWhatLedThereBeforeIt() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.held.level = .from(.debug) }
    let logger = system.logger(label: "orders")
    system.tracer.withSpan("order") { _ in
      logger.debug("first")
      logger.debug("second", metadata: ["rows": .stringConvertible(3)])
      logger.error("failed")
      logger.debug("after")
    }
    _ = await system.shutdown()
    #expect(
      events(bench).filter { ["first", "second", "failed", "after"].contains($0) } == [
        "first", "second", "failed", "after",
      ])
    let second = try #require(bench.lines.first { $0["event"] as? String == "second" })
    #expect((second["trace_id"] as? String)?.count == 32 && second["level"] as? String == "debug")
  }

  @Test func linesOutsideATraceAreNotKept() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.held.level = .from(.debug) }
    let logger = system.logger(label: "orders")
    logger.debug("nowhere")
    logger.error("failed")
    _ = await system.shutdown()
    #expect(!events(bench).contains("nowhere") && events(bench).contains("failed"))
  }

  @Test func linesThatHadToGoAreCounted() async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.logging.held.level = .from(.debug)
      $0.logging.held.lines = 2
    }
    let logger = system.logger(label: "orders")
    system.tracer.withSpan("order") { _ in
      for number in 0..<5 { logger.debug("line", metadata: ["number": .stringConvertible(number)]) }
      logger.error("failed")
    }
    _ = await system.shutdown()
    let lines = bench.lines
    #expect(lines.first { $0["event"] as? String == "held_lines_dropped" }?["count"] as? Int == 3)
    #expect(lines.filter { $0["event"] as? String == "line" }.compactMap { $0["number"] as? Int } == [3, 4])
  }

  /// Open traces that fail later: 512 hold lines, the lines of the others are counted.
  @Test(arguments: [400, 512, 700]) func theLinesOfTracesBeyondTheLimitAreCounted(traces: Int) async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.logging.held.level = .from(.debug)
      $0.logging.patience = .seconds(30)
    }
    let logger = system.logger(label: "orders")
    let spans = (0..<traces).map { _ in system.tracer.startSpan("order") }
    for span in spans {
      ServiceContext.$current.withValue(span.context) { logger.debug("held") }
    }
    for span in spans {
      span.setStatus(SpanStatus(code: .error))
      span.end()
    }
    _ = await system.shutdown()
    let written = bench.lines.count { $0["event"] as? String == "held" }
    let evicted = bench.lines.filter { $0["event"] as? String == "held_lines_evicted" }
    let lost = evicted.compactMap { $0["count"] as? Int }.reduce(0, +)
    #expect(written + lost == traces && written <= 512 + 16)
    // A trace that fails after it was evicted takes a place for its later lines.
    #expect(written >= (traces <= 512 ? traces : 512 - 16), "\(written) written, \(lost) lost")
    #expect((lost == 0) == (traces <= 512) && evicted.allSatisfy { $0["limit_traces"] as? Int == 512 })
  }

  @Test func keepRulesOfSingleOperationsComeFromTheEnvironment() throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["SPOOR_KEEP_SLOWER_THAN_BY_OPERATION": "checkout=200, /search*=1000"])
    #expect(resolved.keep.slowerThanByOperation == ["checkout": .milliseconds(200), "/search*": .seconds(1)])
  }
}
