// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("Baggage")
struct BaggageTests {
  @Test("carries any text from one service to the next", arguments: ["", "a b", "ü,;=%\"\\", "🐘", "\n\u{0}", "50%"])
  func anyText(value: String) throws {
    var baggage = Baggage()
    try baggage.set(value, forKey: "key", properties: [.init(key: "flag"), .init(key: "note", value: value)])
    let header = try #require(baggage.headerValue)
    #expect(header.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    #expect(Baggage(header: header) == baggage)
    #expect(Baggage(header: header)?["key"] == value)
  }

  @Test("keeps the place of a changed value")
  func changed() throws {
    var baggage = try #require(Baggage(header: "a=1,b=2"))
    try baggage.set("3", forKey: "a")
    #expect(baggage.headerValue == "a=3,b=2")
  }

  @Test("drops removed entries, and writes no header when none is left")
  func removed() throws {
    var baggage = try #require(Baggage(header: "a=1,b=2"))
    baggage.removeValue(forKey: "a")
    #expect(baggage.headerValue == "b=2")
    baggage.removeValue(forKey: "b")
    #expect(baggage.isEmpty)
    #expect(baggage.headerValue == nil)
  }

  @Test("refuses a key that is not a token, with a message", arguments: ["", " ", "a b", "a=b", "a,b", "é"])
  func invalidKey(key: String) throws {
    var baggage = Baggage()
    #expect(throws: BaggageError.invalidKey(key)) { try baggage.set("1", forKey: key) }
    #expect(throws: BaggageError.invalidKey(key)) { try baggage.set("1", forKey: "a", properties: [.init(key: key)]) }
    #expect(baggage.isEmpty)
    #expect(
      BaggageError.invalidKey("a b").description == "a baggage key must be an HTTP token, but is \"a b\"")
  }

  @Test("refuses the 65th entry and stays unchanged")
  func tooMany() throws {
    var baggage = try #require(Baggage(header: BaggageHeaderTests.members(64)))
    #expect(throws: BaggageError.tooManyEntries(limit: 64)) { try baggage.set("1", forKey: "more") }
    try baggage.set("changed", forKey: "key64")
    #expect(baggage.entries.count == 64)
  }

  @Test("refuses an entry that makes the encoded header longer than 8192 bytes")
  func tooLong() throws {
    var baggage = Baggage()
    let value = String(repeating: " ", count: 2730)
    try baggage.set(value, forKey: "a")
    #expect(baggage.headerValue?.utf8.count == 2 + 3 * 2730)
    #expect(throws: BaggageError.tooLong(bytes: 8195, limit: 8192)) { try baggage.set(value + " ", forKey: "a") }
    #expect(baggage["a"] == value)
  }
}
