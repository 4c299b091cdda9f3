// SPDX-License-Identifier: Apache-2.0

import SpoorTestSupport
import Testing

@testable import SpoorJournal

/// Approximates a reader of the mapping after a death between any two stores: after each write, the fields are complete
/// when cut at every length.
@Suite struct FieldConsistencyTests {
  @Test func randomWritesEndInWhatAPlainDictionaryHolds() throws {
    var random = SeededGenerator(seed: 42)
    let journal = try Journal.small()
    for round in 0..<200 {
      let span = journal.openTestSpan()
      var model: [String: String] = [:]
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        let key = "key\(Int.random(in: 0..<8, using: &random))"
        if Int.random(in: 0..<5, using: &random) == 0 {
          journal.write(span) { $0.removeAttributes { $0.keyText != key } }
          model[key] = nil
        } else {
          let value = String(repeating: "v", count: Int.random(in: 0..<200, using: &random))
          journal.write(span) { $0.setAttribute(key, value) }
          model[key] = value
        }
        let complete = journal.write(span) { writer in
          writer.read { record in
            var fields = record.fields
            while fields.next() != nil {}
            return fields.isComplete
          }
        }
        #expect(complete == true)
      }
      _ = journal.end(span, durationNanoseconds: 1)
      #expect(journal.finishedSpans().first?.attributes == model, "round \(round), seed 42")
    }
  }

  @Test func theShortWayWritesWhatTheLongOneWritesOrNothing() throws {
    var random = SeededGenerator(seed: 3)
    let journal = try Journal.small()
    var shortCuts = 0
    for round in 0..<300 {
      let (short, long) = (journal.openTestSpan(), journal.openTestSpan())
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let key = Array("key\(Int.random(in: 0..<12, using: &random))".utf8)
        let longest = Int.random(in: 0..<8, using: &random) == 0 ? 200 : 12
        let value = [UInt8](repeating: 0x76, count: Int.random(in: 0..<longest, using: &random))
        unsafe key.withUnsafeBytes { key in
          unsafe value.withUnsafeBytes { value in
            journal.write(short) { writer in
              if unsafe writer.setPlainAttribute(key, .string, value, atMost: 8).isNone {
                unsafe _ = writer.trySetAttribute(key, .string, value, atMost: 8)
              } else {
                shortCuts += 1
              }
            }
            journal.write(long) { unsafe _ = $0.trySetAttribute(key, .string, value, atMost: 8) }
          }
        }
      }
      for span in [short, long] { _ = journal.end(span, durationNanoseconds: 1) }
      let read = journal.finishedSpans()
      #expect(read.count == 2 && read.first == read.last, "round \(round), seed 3")
    }
    #expect(shortCuts > 500)
  }
}
