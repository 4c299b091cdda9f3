import Testing

@testable import SpoorJournal

/// What a reader of the mapping finds when the process dies at any moment between two stores is approximated from the
/// outside: after each write, cut at every length, the fields are whole.
@Suite struct FieldConsistencyTests {
  @Test func randomWritesEndInWhatAPlainDictionaryHolds() throws {
    var random = SplitMix(state: 42)
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

struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
