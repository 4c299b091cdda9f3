import SpoorTestSupport
import Testing

@testable import SpoorJournal

/// What a reader of the mapping finds when the process dies at any moment between two stores is approximated from the
/// outside: after each write, cut at every length, the fields are whole.
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
          journal.write(span) { writer in
            var key = key
            key.withUTF8 { unsafe writer.removeAttribute(UnsafeRawBufferPointer($0)) }
          }
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
}
