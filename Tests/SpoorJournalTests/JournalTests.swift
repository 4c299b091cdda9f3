// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorJournal

/// A span's fields in a form that tests compare.
struct ReadSpan: Equatable {
  var name = ""
  var attributes: [String: String] = [:]
  var events: [String] = []
  var links = 0
  var status: String?
  var droppedAttributes = 0

  init(_ record: SpanRecord) {
    droppedAttributes = record.droppedAttributes
    for field in record.fields {
      let value = unsafe String(decoding: field.value, as: UTF8.self)
      switch field.kind {
      case .name: name = value
      case .attribute: attributes[field.keyText] = value
      case .event: events.append(field.keyText)
      case .link: links += 1
      case .status: status = unsafe "\(field.value[0]) " + String(decoding: field.value.dropFirst(), as: UTF8.self)
      case .origin, .dead: break
      }
    }
  }
}

extension Journal {
  static func small(slots: Int = 1024, maximumSpanBytes: Int = 32 << 10) throws -> Journal {
    try Journal(
      layout: JournalLayout(totalBytes: JournalLayout.minimumBytes + slots * 512, logRingBytes: 0),
      maximumSpanBytes: maximumSpanBytes)
  }

  func openTestSpan(_ name: String = "test", id: UInt64 = 1) -> SlotReference {
    open(SpanStart(traceIDHigh: 1, traceIDLow: 2, spanID: id, startNanoseconds: 3, startMonotonic: 4), name: name)
  }

  func finishedSpans() -> [ReadSpan] {
    var indices: [UInt32] = []
    takeFinished(into: &indices)
    return indices.map { index in withFinished(index) { ReadSpan($0) } }
  }
}

@Suite struct JournalTests {
  @Test func aSpanIsReadAsItWasWritten() throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan("checkout")
    journal.write(span) { writer in
      writer.setAttribute("order.id", "ORD7890")
      writer.addEvent("paid", atNanoseconds: 9, attributes: FieldBuffer())
      writer.addLink(traceIDHigh: 0, traceIDLow: 7, spanID: 8, attributes: FieldBuffer())
      writer.setStatus(.error, message: "declined")
    }
    #expect(journal.end(span, durationNanoseconds: 5))
    let read = try #require(journal.finishedSpans().first)
    #expect(read.name == "checkout")
    #expect(read.attributes == ["order.id": "ORD7890"])
    #expect(read.events == ["paid"])
    #expect(read.links == 1)
    #expect(read.status == "2 declined")
  }

  @Test func theLastValueOfAKeyCountsAndTakesNoMoreRoom() throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan()
    var lengths: Set<Int> = []
    for turn in 0..<10_000 {
      journal.write(span) { writer in
        writer.setAttribute("progress", String(1000 + turn))
        lengths.insert(writer.stream.length)
      }
    }
    #expect(journal.end(span, durationNanoseconds: 1))
    #expect(journal.finishedSpans().first?.attributes == ["progress": "10999"])
    #expect(lengths.count <= 3, "the room of the overwritten value is reused")
  }

  @Test func aRemovedAttributeIsGone() throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan()
    journal.write(span) { writer in
      writer.setAttribute("a", "1")
      writer.setAttribute("b", "2")
      writer.removeAttributes { $0.keyText != "a" }
    }
    _ = journal.end(span, durationNanoseconds: 1)
    #expect(journal.finishedSpans().first?.attributes == ["b": "2"])
  }

  @Test func theLastNameCounts() throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan("GET")
    journal.write(span) { $0.setName("GET /orders/{id}") }
    _ = journal.end(span, durationNanoseconds: 1)
    #expect(journal.finishedSpans().first?.name == "GET /orders/{id}")
  }

  @Test(arguments: [1, 300, 380, 400, 480, 500, 900, 5_000, 20_000])
  func aLongValueChainsSlotsAndComesBackWhole(length: Int) throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan()
    let value = String((0..<length).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
    journal.write(span) { writer in
      for key in ["first", "second"] { if length <= 10_000 || key == "first" { writer.setAttribute(key, value) } }
      writer.setAttribute("small", "x")
    }
    _ = journal.end(span, durationNanoseconds: 1)
    let read = try #require(journal.finishedSpans().first)
    #expect(read.attributes["first"] == value)
    #expect(read.attributes["small"] == "x")
    #expect(read.droppedAttributes == 0)
  }

  @Test func aFieldWithoutRoomIsDroppedAndCountedTheSpanIsNot() throws {
    let journal = try Journal.small(maximumSpanBytes: 400)
    let span = journal.openTestSpan()
    journal.write(span) { writer in
      writer.setAttribute("fits", "x")
      writer.setAttribute("large", String(repeating: "x", count: 2000))
      writer.setAttribute("fits too", "x")
    }
    _ = journal.end(span, durationNanoseconds: 1)
    let read = try #require(journal.finishedSpans().first)
    #expect(read.attributes == ["fits": "x", "fits too": "x"])
    #expect(read.droppedAttributes == 1)
    #expect(journal.count(.droppedFields) == 1)
  }

  @Test func aFullJournalDropsTheNewestSpanAndCountsIt() throws {
    let journal = try Journal.small()
    var spans: [SlotReference] = []
    while true {
      let span = journal.openTestSpan("n\(spans.count)", id: UInt64(spans.count + 1))
      if span.isNone { break }
      spans.append(span)
    }
    #expect(spans.count == journal.layout.slotCount)
    #expect(journal.openTestSpan().isNone)
    #expect(journal.count(.droppedFull) == 2)
    #expect(journal.count(.opened) == UInt64(spans.count))
    for span in spans { _ = journal.end(span, durationNanoseconds: 1) }
    #expect(journal.finishedSpans().map(\.name) == spans.indices.map { "n\($0)" }, "the older ones are all there")
  }

  @Test func anEndCountsOnceAndNothingAfterItChangesAnything() throws {
    let journal = try Journal.small()
    let span = journal.openTestSpan()
    #expect(journal.end(span, durationNanoseconds: 1))
    #expect(!journal.end(span, durationNanoseconds: 2))
    #expect(journal.write(span) { $0.setName("late") } == nil)
    #expect(journal.finishedSpans().map(\.name) == ["test"])
  }

  @Test func aLateWriterCannotTouchTheSlotsNextOwner() throws {
    let journal = try Journal.small()
    let first = journal.openTestSpan("first")
    _ = journal.end(first, durationNanoseconds: 1)
    var indices: [UInt32] = []
    journal.takeFinished(into: &indices)
    journal.free(indices[0], .delivered)
    let second = journal.openTestSpan("second")
    #expect(second.index == first.index, "the slot freed last is used first")
    #expect(second.generation != first.generation)
    #expect(journal.write(first) { $0.setName("late") } == nil)
    #expect(!journal.end(first, durationNanoseconds: 1))
    #expect(journal.end(second, durationNanoseconds: 1))
    #expect(journal.finishedSpans().map(\.name) == ["second"])
  }

  @Test func aChainIsGivenBackWhole() throws {
    let journal = try Journal.small()
    for _ in 0..<1000 {
      let span = journal.openTestSpan()
      journal.write(span) { $0.setAttribute("k", String(repeating: "x", count: 20_000)) }
      _ = journal.end(span, durationNanoseconds: 1)
      var indices: [UInt32] = []
      journal.takeFinished(into: &indices)
      for index in indices { journal.free(index, .delivered) }
    }
    #expect(journal.count(.droppedFields) == 0)
    #expect(journal.count(.delivered) == 1000)
    #expect(journal.heldCount == 0)
  }

  @Test func slotsThatAreFreedTogetherAreAllThereAgain() throws {
    let journal = try Journal.small(slots: 200)
    for turn in 0..<5 {
      // Some spans with several slots, from many threads, so that the chains change.
      for number in 0..<150 {
        let span = journal.openTestSpan("turn \(turn)")
        if number % 10 == 0 { journal.write(span) { $0.setAttribute("long", String(repeating: "x", count: 1500)) } }
        #expect(journal.end(span, durationNanoseconds: 1))
      }
      #expect(journal.usedBytes > 150 * 512)
      var indices: [UInt32] = []
      journal.takeFinished(into: &indices)
      #expect(indices.count == 150)
      var freed = FreedSlots()
      for (number, index) in indices.enumerated() {
        journal.free(index, number % 50 == 0 ? .rejected : .delivered, with: &freed)
      }
      journal.give(&freed)
      #expect(journal.usedBytes == 0 && journal.count(.droppedFull) == 0)
      #expect(journal.count(.delivered) == 147 * UInt64(turn + 1) && journal.count(.rejected) == 3 * UInt64(turn + 1))
    }
  }

  @Test func anUndecidedSpanWaitsForTheDecision() throws {
    let journal = try Journal.small()
    let kept = journal.openTestSpan("kept")
    let left = journal.openTestSpan("left")
    _ = journal.end(kept, durationNanoseconds: 1, as: .undecided)
    _ = journal.end(left, durationNanoseconds: 1, as: .undecided)
    #expect(journal.finishedSpans().isEmpty)
    journal.decide(kept, keep: .error)
    journal.decide(left, keep: nil)
    #expect(journal.finishedSpans().map(\.name) == ["kept"])
    #expect(journal.count(.discarded) == 1)
  }

  @Test func theNumbersAddUpUnderEightThreads() async throws {
    let journal = try Journal.small(slots: 2048)
    let perThread = 2_000
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        group.addTask {
          for turn in 0..<perThread {
            let span = journal.openTestSpan("t\(thread)", id: UInt64(thread * perThread + turn + 1))
            journal.write(span) { $0.setAttribute("turn", String(turn)) }
            _ = journal.end(span, durationNanoseconds: 1)
          }
        }
      }
      group.addTask {  // The shipper's side: one reader that frees the slots it took.
        for _ in 0..<200 {
          var indices: [UInt32] = []
          journal.takeFinished(into: &indices)
          for index in indices {
            let read = journal.withFinished(index) { ReadSpan($0) }
            #expect(read.attributes.count == 1)
            journal.free(index, .delivered)
          }
          await Task.yield()
        }
      }
    }
    let rest = journal.finishedSpans().count
    let total = UInt64(8 * perThread)
    #expect(journal.count(.opened) + journal.count(.droppedFull) == total)
    #expect(journal.count(.delivered) + UInt64(rest) == journal.count(.opened))
  }

  @Test("the numbers add up with more threads than have their own counters, and each thread's spans are in order")
  func aHundredThreads() throws {
    let journal = try Journal.small(slots: 8192)
    let finished = DispatchGroup()
    for thread in 0..<100 {
      finished.enter()
      Thread.detachNewThread {
        for turn in 0..<50 {
          let span = journal.openTestSpan("\(thread)", id: UInt64(thread * 50 + turn + 1))
          _ = journal.end(span, durationNanoseconds: UInt64(turn + 1))
        }
        finished.leave()
      }
    }
    finished.wait()
    #expect(journal.count(.opened) == 5000 && journal.count(.ended) == 5000)
    var indices: [UInt32] = []
    journal.takeFinished(into: &indices)
    var last: [String: UInt64] = [:]
    for index in indices {
      let (name, duration) = journal.withFinished(index) { (ReadSpan($0).name, $0.durationNanoseconds) }
      #expect(last[name] ?? 0 < duration)
      last[name] = duration
      journal.free(index, .delivered)
    }
    #expect(last.count == 100 && last.values.allSatisfy { $0 == 50 })
    #expect(journal.count(.delivered) == 5000 && journal.heldCount == 0)
  }
}
