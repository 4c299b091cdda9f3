// SPDX-License-Identifier: Apache-2.0

import CSpoor
import Testing

/// The words are not real addresses, because the table never reads the memory at them.
@Suite struct ContextTableTests {
  @Test("a word is found after it was entered, and not after it was removed")
  func wordIsFoundUntilItLeaves() throws {
    #expect(TestSpan.enter(0x1000_0010, TestSpan.reference(1)))
    let found = try #require(TestSpan.find(0x1000_0010))
    #expect(found.span_id == 1 && found.trace_high == 3 && found.trace_low == 5 && found.slot == 1)
    spoor_context_leave(0x1000_0010, 1)
    #expect(TestSpan.find(0x1000_0010) == nil)
  }

  @Test("a new span replaces another span's word, and the other's end changes nothing")
  func wordIsTakenOver() {
    #expect(TestSpan.enter(0x1000_0020, TestSpan.reference(2)))
    #expect(TestSpan.enter(0x1000_0020, TestSpan.reference(3)))
    spoor_context_leave(0x1000_0020, 2)
    #expect(TestSpan.find(0x1000_0020)?.span_id == 3)
    spoor_context_leave(0x1000_0020, 3)
    #expect(TestSpan.find(0x1000_0020) == nil)
  }

  @Test("zero is not a valid word", arguments: [0, 1] as [UInt64])
  func zeroIsNoWord(word: UInt64) {
    #expect(!TestSpan.enter(word, TestSpan.reference(4)))
    #expect(TestSpan.find(word) == nil)
  }

  @Test("five thousand open spans find room, each word with its own span")
  func manySpansFindRoom() {
    let words = (0..<5000).map { UInt64(0x7F00_0000_0000 + $0 * 48) }
    let entered = words.filter { TestSpan.enter($0, TestSpan.reference($0)) }
    #expect(entered.count > 4950)
    #expect(entered.allSatisfy { TestSpan.find($0)?.span_id == $0 })
    for word in entered { spoor_context_leave(word, word) }
    #expect(entered.allSatisfy { TestSpan.find($0) == nil })
  }

  @Test("the newest span of the task comes before any span of the thread")
  func newestIsOfTheTask() throws {
    let task: UInt64 = 0xABCD_0001
    let thread: UInt32 = 0xFFFF_0001
    let spans = [
      (word: UInt64(0x2000_0010), TestSpan.reference(11, start: 10, task: task)),
      (0x2000_0020, TestSpan.reference(12, start: 20, task: task)),
      (0x2000_0030, TestSpan.reference(13, start: 30, task: 0xABCD_0002, thread: thread)),
    ]
    for (word, span) in spans { #expect(TestSpan.enter(word, span)) }
    defer { for (word, span) in spans { spoor_context_leave(word, span.span_id) } }
    var found = spoor_span_ref()
    #expect(unsafe spoor_context_newest(task, thread, &found))
    #expect(found.span_id == 12)
    #expect(unsafe spoor_context_newest(0, thread, &found))
    #expect(found.span_id == 13)
    #expect(unsafe !spoor_context_newest(0, 0xFFFF_0002, &found))
  }

  @Test("eight tasks that enter, find and leave never see each other's ids")
  func concurrentUseIsConsistent() async {
    let mixed = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var mixed = 0
          for round in 0..<5000 {
            // All tasks use the same few words, so entries are replaced while they are read.
            let word = UInt64(0x3000_0000 + (round % 16) * 16)
            let id = UInt64(task * 100_000 + round + 1)
            _ = TestSpan.enter(word, TestSpan.reference(id))
            if let found = TestSpan.find(word), found.trace_high != found.span_id &* 3 { mixed += 1 }
            spoor_context_leave(word, id)
          }
          return mixed
        }
      }
      return await group.reduce(0, +)
    }
    #expect(mixed == 0)
  }
}
