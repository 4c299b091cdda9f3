// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorTracing

/// Undecided spans never take the place of spans that are certain to be sent.
@Suite struct UndecidedQuotaTests {
  /// The input that once filled the journal: everybody's sampled and failed traces were dropped, and the log said only
  /// that the journal is full.
  @Test(arguments: [false, true])
  func anUnsampledRootWithVeryManyChildrenCostsNobodyElseASpan(fails: Bool) async throws {
    let bench = try SystemBench { _ in .answer(503) }
    let system = try bench.system {
      $0.journal.bytes = 64 << 20
      $0.sampling.rules = [SamplingRule(operation: "unsampled", NeverSampler())]
      $0.sampling.keep.failed = true
    }
    let root = system.tracer.startSpan("unsampled")
    for _ in 0..<114_000 { system.tracer.startSpan("child", context: root.context).end() }
    for number in 0..<5000 {
      system.tracer.withSpan("sampled \(number)") { span in
        if number % 10 == 0 { span.setStatus(SpanStatus(code: .error)) }
      }
    }
    if fails { root.setStatus(SpanStatus(code: .error)) }
    root.end()
    try await eventually("the reason is logged") { bench.line("undecided_spans_dropped") != nil }
    let spans = await system.shutdown(timeout: .milliseconds(100)).spans
    #expect(spans.dropped[.journalFull] == nil && spans.isBalanced)
    let limit = system.journal.undecidedLimitOfRoot
    #expect(spans.dropped[.undecided] == 114_000 - limit)
    #expect(spans.held == 5000 + (fails ? limit + 1 : 0))
    let line = try #require(bench.line("undecided_spans_dropped"))
    #expect(line["limit_per_root"] as? Int == limit && (line["reason"] as? String)?.contains("quota") == true)
    #expect(bench.line("spans_dropped") == nil)
  }
}
