// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

/// The behaviour at the limits of a span's room. A failed span must never look like a successful one.
@Suite("A span that is full")
struct SpanRoomTests {
  private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

  struct Filling: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fill: @Sendable (SpoorSpan) -> Void
  }

  static let fillings: [Filling] = [
    Filling(testDescription: "7 attributes of 4 000 bytes and 60 of 60") { span in
      for number in 0..<7 { span.attributes["long.\(number)"] = SpanAttribute.string(text(4000)) }
      for number in 0..<60 { span.attributes["short.\(number)"] = SpanAttribute.string(text(60)) }
    },
    Filling(testDescription: "attributes set directly") { span in
      for number in 0..<2000 { span.setAttribute("key.\(number)", text(100)) }
    },
    Filling(testDescription: "events") { span in
      for number in 0..<200 { span.addEvent(SpanEvent(name: "event \(number)", attributes: ["k": .string(text(300))])) }
    },
    Filling(testDescription: "links") { span in
      for _ in 0..<200 { span.addLink(SpanLink(context: span.context, attributes: ["k": .string(text(300))])) }
    },
    Filling(testDescription: "errors") { span in
      for number in 0..<100 { span.recordError(Long(number: number), attributes: [:]) }
    },
    Filling(testDescription: "a value that takes all the room") { span in
      span.setAttribute("a", text(3900))
      for number in 0..<40 { span.setAttribute("b\(number)", text(1000)) }
      for number in 0..<400 { span.setAttribute("c\(number)", 1) }
    },
  ]

  struct Long: Error, CustomStringConvertible {
    var number = 0
    var description: String { "error \(number) " + text(3000) }
  }

  @Test("still has its failure, the reason and its name", arguments: fillings)
  func failure(filling: Filling) throws {
    let bench = try Bench(limits: SpanLimits(attributes: 10_000, events: 128, links: 128))
    #expect(throws: Long.self) {
      try bench.tracer.withSpan("original") { span in
        filling.fill(span)
        span.operationName = "renamed"
        throw Long(number: 4711)
      }
    }
    let span = try #require(bench.finished().first)
    #expect(span.status?.hasPrefix("2 error ") == true)
    #expect(span.name == "renamed")
    #expect(span.events.contains("exception"))
    #expect(span.attributes["error.type"] == "Long")
    #expect(span.dropped.attributes > 0 || span.dropped.events > 0 || span.dropped.links > 0)
  }

  @Test("is marked as failed even if the journal has no slot left to extend it")
  func fullJournal() throws {
    let bench = try Bench(journalBytes: 1 << 20)
    let span = bench.tracer.startSpan("victim")
    for number in 0..<3 { span.setAttribute("key.\(number)", Self.text(90)) }
    var others: [SpoorSpan] = []
    while bench.journal.count(.droppedFull) == 0 { others.append(bench.tracer.startSpan("other")) }
    span.operationName = Self.text(1000)
    span.recordError(Long(), attributes: [:])
    span.setStatus(SpanStatus(code: .error, message: Self.text(1000)))
    span.end()
    let victim = try #require(bench.finished().first)
    #expect(victim.flags.contains(.failed) || victim.status?.first == "2")
    #expect(victim.name == "victim" || victim.name.hasSuffix(" bytes more)"))
    _ = others.count
  }

  @Test("takes exactly as many bytes as its limit, and no other limit applies")
  func spanBytes() throws {
    func count(_ bytes: Int) throws -> Int {
      let limits = SpanLimits(attributes: 10_000)
      let journal = try Journal(layout: JournalLayout(totalBytes: 4 << 20, logRingBytes: 0), maximumSpanBytes: bytes)
      let tracer = SpoorTracer(
        recorder: SpanRecorder(journal: journal, clock: .system, limits: limits, redaction: Redaction()),
        sampler: AlwaysSampler(), propagator: TracePropagator())
      tracer.withSpan("test") { span in for number in 0..<5000 { span.setAttribute("key.\(number)", Self.text(90)) } }
      var indices: [UInt32] = []
      journal.takeFinished(into: &indices)
      return journal.withFinished(try #require(indices.first)) { Recorded($0).attributes.count }
    }
    #expect(try count(8192) < 90)
    #expect(try (250...310).contains(count(32_768)))
    #expect(try (450...520).contains(count(57_336)))
    #expect(try count(.max) == count(57_336))
    #expect(try count(-1) > 0)
  }

  @Test("cuts a value to the remaining room, with a note", arguments: [40_000, 100_000, 31_000])
  func cutToRoom(count: Int) throws {
    for direct in [true, false] {
      let bench = try Bench(limits: SpanLimits(valueBytes: 60_000))
      let span = try bench.one { span in
        if direct {
          span.setAttribute("long", Self.text(count))
        } else {
          span.attributes["long"] = SpanAttribute.string(Self.text(count))
        }
        span.setAttribute("after", Self.text(5000))
      }
      let value = try #require(span.attributes["long"])
      #expect(value.utf8.count > 25_000)
      if count > 32_000 { #expect(value.hasSuffix(" bytes more)")) }
      #expect(span.dropped.attributes == 0 || span.attributes["after"] == nil)
    }
  }

  @Test("keeps its attributes when one that was cut is set repeatedly")
  func cutAgain() throws {
    let bench = try Bench(limits: SpanLimits(valueBytes: 60_000))
    let span = try bench.one { span in
      for number in 0..<20 {
        span.attributes["long"] = SpanAttribute.string(Self.text(40_000))
        span.attributes["n"] = SpanAttribute.int64(Int64(number))
      }
    }
    #expect(span.attributes["long"]?.hasSuffix(" bytes more)") == true)
    #expect(span.attributes["n"] == nil || span.attributes["n"] == "19")
  }

  @Test("cuts each element of a list separately, and counts missing ones")
  func lists() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["numbers"] = SpanAttribute.int64Array((0..<5000).map(Int64.init))
      span.attributes["texts"] = SpanAttribute.stringArray(["short", Self.text(5000), "after"])
      span.attributes["many"] = SpanAttribute.stringArray((0..<5000).map { "text \($0)" })
      span.attributes["flags"] = SpanAttribute.boolArray(Array(repeating: true, count: 10_000))
      span.attributes["few"] = SpanAttribute.int64Array([1, 2, 3])
    }
    let numbers = try #require(span.attributes["numbers"]).split(separator: ",").count
    #expect(span.attributes["numbers.dropped_elements"] == "\(5000 - numbers)")
    let texts = try #require(span.attributes["texts"]).split(separator: ",")
    #expect(texts.count == 3 && texts[0] == "short" && texts[1].hasSuffix(" bytes more)") && texts[2] == "after")
    #expect(span.attributes["texts.dropped_elements"] == nil)
    let many = try #require(span.attributes["many"]).split(separator: ",").count
    #expect(span.attributes["many.dropped_elements"] == "\(5000 - many)")
    #expect(span.attributes["flags.dropped_elements"] == "\(10_000 - 2 * 4096)")
    #expect(span.attributes["few"] == "1,2,3" && span.attributes["few.dropped_elements"] == nil)
  }

  @Test("counts the attributes of an event or a link that are missing")
  func nested() throws {
    let bench = try Bench(limits: SpanLimits(attributesPerEvent: 4))
    var attributes = SpanAttributes([:])
    for number in 0..<10 { attributes.set("key.\(number)", value: .int64(1)) }
    bench.tracer.withSpan("test") { span in
      span.addEvent(SpanEvent(name: "event", attributes: attributes))
      span.addLink(SpanLink(context: span.context, attributes: attributes))
    }
    var indices: [UInt32] = []
    bench.journal.takeFinished(into: &indices)
    let counts = bench.journal.withFinished(try #require(indices.first)) { record in
      record.fields.filter { $0.kind == .event || $0.kind == .link }.map { field in
        Array(field.nestedFields(after: field.kind == .event ? 8 : 24)).reduce(into: [String: UInt64]()) {
          $0[$1.keyText] = $1.word(0)
        }
      }
    }
    #expect(counts.count == 2 && counts.allSatisfy { $0.count == 5 && $0[FieldBuffer.droppedKey] == 6 })
  }

  @Test("has the event without its attributes if these do not fit")
  func eventWithoutAttributes() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      for number in 0..<8 { span.setAttribute("key.\(number)", Self.text(3900)) }
      span.addEvent(SpanEvent(name: "large", attributes: ["text": .string(Self.text(4000))]))
    }
    #expect(span.events == ["large"] && span.dropped.events == 0)
  }

  // MARK: Times

  @Test(
    "at the extremes of time lasts at least a microsecond",
    arguments: [
      (UInt64.max, UInt64.max), (.max, 0), (.max, nil), (0, 0), (0, .max), (0, nil), (.max - 1, .max), (1, 0),
      (.max - 500, .max),
    ] as [(UInt64, UInt64?)])
  func times(start: UInt64, end: UInt64?) throws {
    for keepRules in [KeepRules(), KeepRules(failed: true, slowerThan: .zero)] {
      for sampler in [AlwaysSampler() as any Sampler, NeverSampler()] {
        let bench = try Bench(sampler: sampler, keepRules: keepRules)
        let instant = { DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: $0) }
        let span = bench.tracer.startSpan("job", at: instant(start))
        span.addEvent(SpanEvent(name: "first", at: instant(0)))
        span.addEvent(SpanEvent(name: "last", at: instant(.max)))
        span.recordError(Oops(), attributes: [:], at: instant(.max))
        if let end { span.end(at: instant(end)) } else { span.end() }
        guard let recorded = bench.finished().first else { continue }
        #expect(recorded.duration >= 1000)
        #expect(recorded.eventTimes.first == 0 && recorded.eventTimes[1] == .max)
      }
    }
  }

  // MARK: Cancellation

  @Test("that was cancelled has not failed, and is marked as cancelled")
  func cancelled() throws {
    let bench = try Bench()
    #expect(throws: CancellationError.self) {
      try bench.tracer.withSpan("mine") { _ in throw CancellationError() }
    }
    let span = try #require(bench.finished().first)
    #expect(span.status == nil && span.events.isEmpty)
    #expect(span.attributes["cancelled"] == "true" && span.attributes["error.type"] == nil)
  }

  @Test("that was cancelled after an error has still failed")
  func cancelledAfterError() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.recordError(Oops(), attributes: [:])
      span.recordError(CancellationError(), attributes: [:])
      span.setStatus(SpanStatus(code: .error))
    }
    #expect(span.status == "2 it broke" && span.events == ["exception"])
  }

  @Test("that was cancelled has failed if a message or the setting requires it")
  func cancellationAsError() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.recordError(CancellationError(), attributes: [:])
      span.setStatus(SpanStatus(code: .error, message: "given up"))
    }
    #expect(span.status == "2 given up")
    let journal = try Journal(layout: JournalLayout(totalBytes: 4 << 20, logRingBytes: 0))
    let tracer = SpoorTracer(
      recorder: SpanRecorder(
        journal: journal, clock: .system, limits: SpanLimits(), redaction: Redaction(), cancellationIsError: true),
      sampler: AlwaysSampler(), propagator: TracePropagator())
    #expect(throws: CancellationError.self) { try tracer.withSpan("mine") { _ in throw CancellationError() } }
    var indices: [UInt32] = []
    journal.takeFinished(into: &indices)
    let recorded = journal.withFinished(try #require(indices.first)) { Recorded($0) }
    #expect(recorded.status?.first == "2" && recorded.events == ["exception"])
  }

  // MARK: Quotas

  @Test("below an unsampled root does not displace sampled ones")
  func undecidedQuota() throws {
    let bench = try Bench(
      sampler: RuleBasedSampler([SamplingRule(operation: "unsampled", NeverSampler())], otherwise: AlwaysSampler()),
      keepRules: KeepRules(failed: true))
    let journal = bench.journal
    let root = bench.tracer.startSpan("unsampled")
    for _ in 0..<3 * journal.layout.slotCount {
      bench.tracer.startSpan("child", context: root.context).end()
    }
    #expect(journal.count(.droppedFull) == 0)
    #expect(Int(journal.heldCount) <= journal.undecidedLimitOfRoot + 1)
    #expect(journal.count(.droppedUndecided) >= UInt64(2 * journal.layout.slotCount))
    for number in 0..<100 { bench.tracer.startSpan("sampled \(number)").end() }
    #expect(bench.finished().count == 100)
    root.setStatus(SpanStatus(code: .error))
    root.end()
    let kept = bench.finished()
    #expect(kept.count == journal.undecidedLimitOfRoot + 1)
    let dropped = kept.last.flatMap { $0.attributes["spoor.undecided_spans_dropped"] }.flatMap(UInt64.init)
    #expect(dropped == journal.count(.droppedUndecided))
    #expect(journal.heldCount == 0)
  }

  @Test("below one of many unsampled roots leaves most of the journal to the others")
  func undecidedShare() throws {
    let bench = try Bench(sampler: NeverSampler(), keepRules: KeepRules(failed: true))
    let journal = bench.journal
    var roots: [SpoorSpan] = []
    for _ in 0..<64 {
      let root = bench.tracer.startSpan("root")
      for _ in 0..<journal.undecidedLimitOfRoot { bench.tracer.startSpan("child", context: root.context).end() }
      roots.append(root)
    }
    #expect(Int(journal.heldCount) <= journal.undecidedLimit + roots.count)
    #expect(journal.count(.droppedFull) == 0)
    for root in roots { root.end() }
    #expect(journal.heldCount == 0)
    // The share is free again.
    let root = bench.tracer.startSpan("root")
    bench.tracer.startSpan("child", context: root.context).end()
    root.setStatus(SpanStatus(code: .error))
    root.end()
    #expect(bench.finished().count == 2)
  }
}
