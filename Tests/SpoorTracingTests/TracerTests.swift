// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import SpoorTracing

/// A span as it left the tracer.
struct Recorded {
  var traceID: UInt64 = 0
  var spanID: UInt64 = 0
  var parentID: UInt64 = 0
  var name = ""
  var start: UInt64 = 0
  var duration: UInt64 = 0
  var kind = SpanRecordKind.internal
  var flags: SpanRecordFlags = []
  var kept = KeptReason.headDecision
  var attributes: [String: String] = [:]
  var types: [String: FieldValueType] = [:]
  var events: [String] = []
  var eventTimes: [UInt64] = []
  var links: [UInt64] = []
  var status: String?
  var dropped = (attributes: 0, events: 0, links: 0)

  init(_ record: SpanRecord) {
    traceID = record.traceIDLow
    spanID = record.spanID
    parentID = record.parentSpanID
    start = record.startNanoseconds
    duration = record.durationNanoseconds
    kind = record.kind
    flags = record.flags
    kept = record.kept
    dropped = (record.droppedAttributes, record.droppedEvents, record.droppedLinks)
    for field in record.fields {
      let text = unsafe String(decoding: field.value, as: UTF8.self)
      switch field.kind {
      case .name: name = text
      case .attribute:
        types[field.keyText] = field.type
        attributes[field.keyText] =
          switch field.type {
          case .int64: String(Int64(bitPattern: field.word(0)))
          case .double: String(Double(bitPattern: field.word(0)))
          case .bool: unsafe field.value.first == 1 ? "true" : "false"
          case .stringArray: field.texts.joined(separator: ",")
          case .int64Array: unsafe (0..<field.value.count / 8).map { String(field.word($0)) }.joined(separator: ",")
          default: text
          }
      case .event:
        events.append(field.keyText)
        eventTimes.append(field.word(0))
      case .link: links.append(field.word(2))
      case .status: status = unsafe "\(field.value[0]) " + String(decoding: field.value.dropFirst(), as: UTF8.self)
      case .origin, .dead: break
      }
    }
  }
}

/// Clocks that a test sets.
final class TestClock: @unchecked Sendable {  // Only used from one task at a time.
  var realtime: UInt64 = 1_700_000_000_000_000_000
  var monotonic: UInt64 = 1_000_000_000
  var clock: TraceClock { TraceClock(realtime: { self.realtime }, monotonic: { self.monotonic }) }
  func advance(_ nanoseconds: UInt64) {
    realtime += nanoseconds
    monotonic += nanoseconds
  }
  var now: DefaultTracerClock.Timestamp { .init(nanosecondsSinceEpoch: realtime) }
}

struct Bench {
  let journal: Journal
  let tracer: SpoorTracer

  init(
    sampler: any Sampler = AlwaysSampler(), clock: TraceClock = .system, limits: SpanLimits = SpanLimits(),
    redaction: Redaction = Redaction(), keepRules: KeepRules = KeepRules(), journalBytes: Int = 4 << 20
  ) throws {
    journal = try Journal(layout: JournalLayout(totalBytes: journalBytes, logRingBytes: 0))
    tracer = SpoorTracer(
      recorder: SpanRecorder(journal: journal, clock: clock, limits: limits, redaction: redaction), sampler: sampler,
      propagator: TracePropagator(), keepRules: keepRules)
  }

  func finished() -> [Recorded] {
    var indices: [UInt32] = []
    journal.takeFinished(into: &indices)
    return indices.map { index in
      defer { journal.free(index, .delivered) }
      return journal.withFinished(index) { Recorded($0) }
    }
  }

  func one(_ body: (SpoorSpan) -> Void) throws -> Recorded {
    tracer.withSpan("test") { body($0) }
    return try #require(finished().first)
  }
}

struct Oops: Error, CustomStringConvertible { let description = "it broke" }

@Suite struct TracerTests {
  @Test func aChildHasItsParentsTraceAndItsIdAsParent() throws {
    let bench = try Bench()
    bench.tracer.withSpan("parent") { _ in bench.tracer.withSpan("child", ofKind: .client) { _ in } }
    let spans = bench.finished()
    let child = try #require(spans.first { $0.name == "child" })
    let parent = try #require(spans.first { $0.name == "parent" })
    #expect(child.traceID == parent.traceID)
    #expect(child.parentID == parent.spanID)
    #expect(parent.parentID == 0)
    #expect(parent.flags.contains(.localRoot) && !child.flags.contains(.localRoot))
    #expect(child.kind == .client)
  }

  @Test func theGlobalFunctionsFindTheTracerOfTheTask() async throws {
    let bench = try Bench()
    await withTracer(bench.tracer) {
      await withSpan("outer") { span in
        span.attributes["key"] = "value"
        async let inner: Void = withSpan("inner") { _ in }
        await inner
      }
    }
    let spans = bench.finished()
    #expect(Set(spans.map(\.name)) == ["outer", "inner"])
    #expect(Set(spans.map(\.traceID)).count == 1)
    #expect(spans.first { $0.name == "outer" }?.attributes == ["key": "value"])
  }

  @Test func attributesOfEveryTypeKeepTheirType() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["text"] = "x"
      span.attributes["int"] = 42
      span.attributes["int32"] = Int32(-7)
      span.attributes["double"] = 1.5
      span.attributes["bool"] = true
      span.attributes["texts"] = ["a", "b"]
      span.attributes["ints"] = [1, 2]
      span.attributes["convertible"] = SpanAttribute.stringConvertible(3)
    }
    #expect(
      span.attributes == [
        "text": "x", "int": "42", "int32": "-7", "double": "1.5", "bool": "true", "texts": "a,b", "ints": "1,2",
        "convertible": "3",
      ])
    #expect(span.types["int"] == .int64 && span.types["double"] == .double && span.types["bool"] == .bool)
    #expect(span.types["convertible"] == .int64)
  }

  /// More attributes than one slot holds, so that fields cross slots, their hints move and dead fields are reused.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func aHundredAttributesSetChangedAndRemovedAreWhatADictionarySays(seed: UInt64) throws {
    let bench = try Bench()
    var random = SeededGenerator(seed: seed)
    var model: [String: String] = [:]
    let span = try bench.one { span in
      for turn in 0..<4_000 {
        let key = "key \(random.next() % 100)"
        switch random.next() % 4 {
        case 0:
          span.attributes[key] = turn
          model[key] = String(turn)
        case 1:
          span.attributes[key] = nil
          model[key] = nil
        default:
          let text = String(repeating: "\(turn % 10)", count: Int(random.next() % 90))
          span.attributes[key] = text
          model[key] = text
        }
        if turn % 500 == 0 { #expect(span.attributes.count == model.count) }
      }
    }
    #expect(span.attributes == model)
    #expect(span.dropped.attributes == 0)
  }

  @Test func attributesAreReadBackOverwrittenAndRemoved() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["a"] = 1
      #expect(span.attributes.get("a") == .int64(1))
      span.attributes["a"] = 2
      span.attributes["b"] = "gone"
      span.attributes["b"] = nil
      span.attributes.merge(["c": "3"])
      span.updateAttributes { $0["d"] = 4 }
      #expect(span.attributes.count == 3)
    }
    #expect(span.attributes == ["a": "2", "c": "3", "d": "4"])
  }

  @Test func settingTheWholeDictionaryReplacesIt() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes = ["a": 1, "b": 2]
      span.attributes = ["b": 3]
    }
    #expect(span.attributes == ["b": "3"])
  }

  @Test func manyThreadsWriteTheirOwnKeysAndNoneIsLost() async throws {
    let bench = try Bench()
    await bench.tracer.withSpan("shared") { span in
      await withTaskGroup(of: Void.self) { group in
        for key in 0..<64 { group.addTask { span.attributes["k\(key)"] = key } }
      }
    }
    #expect(bench.finished().first?.attributes.count == 64)
  }

  @Test func aThrowIsRecordedWithItsMessageAsTheStatus() throws {
    let bench = try Bench()
    #expect(throws: Oops.self) { try bench.tracer.withSpan("fails") { _ in throw Oops() } }
    let span = try #require(bench.finished().first)
    #expect(span.status == "2 it broke")
    #expect(span.events == ["exception"])
    #expect(span.attributes["error.type"] == "Oops")
  }

  @Test func attributesSetAfterAnErrorLeaveWhatItWrote() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["before"] = 1
      span.recordError(Oops())
      span.attributes["after"] = 2
      span.setAttribute("direct", "text")
      span.attributes["last"] = 3
      #expect(span.attributes.get("error.type") == .string("Oops"))
    }
    #expect(Set(span.attributes.keys).isSuperset(of: ["before", "error.type", "after", "direct", "last"]))
  }

  @Test func attributesSetDirectlyAreTheSameAsTheOthers() throws {
    let bench = try Bench(limits: SpanLimits(attributes: 5, valueBytes: 16))
    let span = try bench.one { span in
      span.setAttribute("text", "x")
      span.setAttribute("int", 42)
      span.setAttribute("double", 1.5)
      span.setAttribute("bool", true)
      span.setAttribute("password", "hunter2")
      span.setAttribute("one too many", 1)
      span.setAttribute("text", String(repeating: "é", count: 20))
      #expect(span.attributes.get("int") == .int64(42))
      span.attributes["int"] = 43
      span.setAttribute("int", 44)
    }
    #expect(
      span.attributes == [
        "text": "éééééééé…(24 bytes more)", "int": "44", "double": "1.5", "bool": "true", "password": "[redacted]",
      ])
    #expect(span.dropped.attributes == 1)
  }

  @Test func manyAttributesSetAndRemovedInAnyOrderAreWhatTheDictionarySays() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let bench = try Bench()
      var expected: [String: String] = [:]
      let span = try bench.one { span in
        for _ in 0..<200 {
          let key = "key\(Int.random(in: 0..<24, using: &random))"
          switch Int.random(in: 0..<10, using: &random) {
          case 0:
            span.attributes[key] = nil
            expected[key] = nil
          case 1, 2:
            span.attributes[key] = 7
            expected[key] = "7"
          case 3:
            span.setAttribute(key, "direct")
            expected[key] = "direct"
          case 4:
            span.attributes.merge([key: "merged", "other": "too"])
            expected.merge([key: "merged", "other": "too"]) { $1 }
          default:
            let value = String(repeating: "v", count: Int.random(in: 0..<30, using: &random))
            span.attributes[key] = value
            expected[key] = value
          }
        }
      }
      #expect(span.attributes == expected)
    }
  }

  @Test func eventsLinksNamesAndStatusAreRecorded() throws {
    let bench = try Bench()
    let other = bench.tracer.startSpan("other", context: .topLevel)
    let span = try bench.one { span in
      span.operationName = "renamed"
      #expect(span.operationName == "renamed")
      span.addEvent("cache miss")
      span.addLink(other, attributes: ["why": "batch"])
      span.addLink(SpanLink(context: .topLevel, attributes: [:]))
      span.setStatus(SpanStatus(code: .ok))
    }
    #expect(span.name == "renamed")
    #expect(span.events == ["cache miss"])
    #expect(span.links == [other.core.traceContext.spanID.rawValue])
    #expect(span.status == "1 ")
    other.end()
  }

  @Test func theSpanOfAContextIsFound() throws {
    let bench = try Bench()
    bench.tracer.withSpan("test") { span in
      let found = bench.tracer.activeSpan(identifiedBy: span.context)
      #expect(found?.core === span.core)
      #expect(span.context.traceContext == span.core.traceContext)
    }
    #expect(bench.tracer.activeSpan(identifiedBy: .topLevel) == nil)
  }

  @Test func limitsKeepTheFirstAndCountTheRest() throws {
    let bench = try Bench(limits: SpanLimits(attributes: 2, events: 3, links: 1, valueBytes: 16))
    let span = try bench.one { span in
      span.attributes["a"] = 1
      span.attributes["b"] = String(repeating: "é", count: 20)
      span.attributes["c"] = 3
      for event in 0..<5 { span.addEvent(SpanEvent(name: "e\(event)")) }
      for _ in 0..<2 { span.addLink(SpanLink(context: span.context, attributes: [:])) }
    }
    #expect(Set(span.attributes.keys) == ["a", "b"])
    #expect(span.attributes["b"] == "éééééééé…(24 bytes more)")
    #expect(span.events == ["e0", "e1", "e2"])
    #expect(span.dropped.attributes == 1 && span.dropped.events == 2 && span.dropped.links == 1)
  }

  @Test func anAttributeThatFoundNoRoomIsCountedOnceHoweverOftenOthersAreSet() throws {
    let bench = try Bench(limits: SpanLimits(attributes: 2))
    let span = try bench.one { span in
      for key in ["a", "b", "c", "d", "e"] { span.attributes[key] = 1 }
      for value in 0..<10 { span.attributes["c"] = value }
      span.attributes["a"] = 2
    }
    #expect(span.attributes.count == 2 && span.dropped.attributes == 3)
    #expect(bench.journal.count(.droppedFields) == 3)
  }

  @Test func anAttributeThatFindsRoomAfterAllIsNoLongerCounted() throws {
    let bench = try Bench(limits: SpanLimits(attributes: 2))
    let span = try bench.one { span in
      for key in ["a", "b", "c", "d"] { span.attributes[key] = 1 }
      span.attributes["a"] = nil
      span.attributes["b"] = nil
      span.attributes["d"] = 2
    }
    #expect(span.attributes == ["c": "1", "d": "2"])
    #expect(span.dropped.attributes == 0)
  }

  @Test func endCountsOnceAndNothingAfterItChangesAnything() async throws {
    let bench = try Bench()
    let span = bench.tracer.startSpan("test")
    span.end()
    #expect(!span.isRecording)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          span.operationName = "late"
          span.attributes["late"] = true
          span.addEvent("late")
          span.setStatus(SpanStatus(code: .error))
          span.end()
        }
      }
    }
    let spans = bench.finished()
    #expect(spans.count == 1)
    #expect(spans.first?.name == "test" && spans.first?.attributes.isEmpty == true && spans.first?.status == nil)
  }

  @Test func aThousandSpansAreAllFreed() throws {
    let bench = try Bench()
    weak var last: SpanCore?
    for _ in 0..<1000 {
      let span = bench.tracer.startSpan("test", context: .topLevel)
      #expect(span.context.activeSpan === span.core)
      last = span.core
      span.end()
    }
    #expect(last == nil, "no cycle between a span and its context")
    #expect(bench.finished().count == 1000)
    #expect(bench.journal.heldCount == 0)
  }

  @Test func aSpanDroppedWithoutEndIsReported() throws {
    let bench = try Bench()
    do { _ = bench.tracer.startSpan("forgotten", context: .topLevel) }
    let span = try #require(bench.finished().first)
    #expect(span.name == "forgotten" && span.flags.contains(.neverEnded))
  }

  @Test func aFullJournalStillHandsIdsOn() throws {
    let bench = try Bench(journalBytes: 1 << 20)
    let spans = (0..<bench.journal.layout.slotCount).map { _ in bench.tracer.startSpan("fill", context: .topLevel) }
    let late = bench.tracer.startSpan("late", context: .topLevel)
    #expect(!late.isRecording)
    #expect(late.context.traceContext != nil)
    #expect(bench.journal.count(.droppedFull) == 1)
    late.end()
    for span in spans { span.end() }
  }

  @Test func redactionHappensBeforeBytesEnter() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["http.request.header.Authorization"] = "Bearer s3cret"
      span.attributes["password"] = 1234
      span.attributes["url.query"] = "user=7&token=s3cret&x=1"
      span.attributes["url.full"] = "https://example.org/a?access_token=s3cret"
      span.attributes["order.id"] = "ORD7890"
    }
    #expect(
      span.attributes == [
        "http.request.header.Authorization": "[redacted]", "password": "[redacted]",
        "url.query": "user=7&token=[redacted]&x=1", "url.full": "https://example.org/a?access_token=[redacted]",
        "order.id": "ORD7890",
      ])
  }

  @Test func namesOfTheSpansAroundAreKnown() throws {
    let bench = try Bench()
    bench.tracer.withSpan("POST /orders") { _ in
      bench.tracer.withSpan("place order") { span in
        #expect(span.core.namesOfSpansAround == ["POST /orders", "place order"])
      }
    }
  }
}
