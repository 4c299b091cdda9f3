// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorContext
import SpoorInspect
import SpoorTestSupport
import SpoorTracing
import Testing
import Tracing

@testable import Spoor

/// What living processes are in the middle of, read from outside.
@Suite struct LiveSpanTests {
  private func system(_ bench: OptionBench, journal bytes: Int = 4 << 20) throws -> SpoorSystem {
    try bench.system([:], others: ["SPOOR_JOURNAL_DIR": directory(bench), "SPOOR_JOURNAL_BYTES": "\(bytes)"]) { _ in }
  }

  private func directory(_ bench: OptionBench) -> String { bench.folder.appending(path: "pod/journal").path }

  @Test func openSpansComeWithTheirTagsAndLastEvent() async throws {
    let bench = try OptionBench(.environment)
    let system = try system(bench)
    let logger = system.logger(label: "x")
    let old = system.tracer.startSpan("old", at: PastInstant(seconds: 90))
    old.attributes["order.id"] = "ORD7890"
    old.attributes["retry"] = 1
    old.attributes["retry"] = 2
    old.attributes["list"] = ["a", "b"]
    system.tracer.startSpan("ended").end()
    let inner = ServiceContext.$current.withValue(old.context) {
      logger.info("first")
      logger.info("said \"second\"")
      return system.tracer.startSpan("inner")
    }
    // Written lines stay in the ring's memory for a while.
    await system.flush(timeout: .seconds(10))
    let spans = try LiveSpan.all(in: bench.folder.path)
    #expect(spans.map(\.name) == ["old", "inner"] && spans.allSatisfy { $0.service == "option" })
    let span = try #require(spans.first)
    #expect(span.processID == UInt64(getpid()) && span.traceID == old.context.traceContext?.traceID.description)
    #expect(span.spanID == old.context.traceContext?.spanID.description)
    #expect((90_000_000_000...600_000_000_000).contains(span.age))
    let tags = Set(span.tags.map { "\($0.key)=\($0.value)" })
    #expect(tags == ["order.id=ORD7890", "retry=2", "list=[\"a\",\"b\"]"] && span.tags.count == 3)
    #expect(span.lastEvent == #"said \"second\""# && spans[1].lastEvent == nil)
    inner.end()
    old.end()
    #expect(try LiveSpan.all(in: bench.folder.path).isEmpty)
    await system.shutdown()
    system.endForTesting()
  }

  @Test func processesThatAreDeadAreLeftOut() throws {
    let bench = try EndingBench { _ in .answer(503) }
    try bench.run("crash")
    #expect(try LiveSpan.all(in: bench.journal).isEmpty && bench.files().names.count == 1)
    #expect(throws: JournalUnreadable.self) { try LiveSpan.all(in: bench.journal + "-nowhere") }
  }

  @Test func tenThousandOpenSpansAreReadWhileOthersStartAndEnd() async throws {
    let bench = try OptionBench(.environment)
    let system = try system(bench, journal: 64 << 20)
    let open = (0..<10_000).map { number in
      let span = system.tracer.startSpan("open \(number)")
      span.attributes["number"] = number
      return span
    }
    let load = Task.detached {
      while !Task.isCancelled { system.tracer.withSpan("load") { $0.attributes["text"] = "\(UUID())" } }
    }
    for _ in 0..<3 {
      let spans = try LiveSpan.all(in: bench.folder.path).filter { $0.name.hasPrefix("open ") }
      #expect(spans.map(\.name) == (0..<10_000).map { "open \($0)" })
      #expect(spans.allSatisfy { $0.tags.count == 1 && $0.name == "open \($0.tags[0].value)" })
    }
    load.cancel()
    for span in open { span.end() }
    await system.shutdown()
    system.endForTesting()
  }
}

/// A time before now.
private struct PastInstant: TracerInstant {
  let nanosecondsSinceEpoch: UInt64

  init(seconds: Double) {
    nanosecondsSinceEpoch = UInt64((Date.now.timeIntervalSince1970 - seconds) * 1_000_000_000)
  }

  static func < (left: PastInstant, right: PastInstant) -> Bool {
    left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
  }
}
