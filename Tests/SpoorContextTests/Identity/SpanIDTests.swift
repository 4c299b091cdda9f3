// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A span id")
struct SpanIDTests {
  @Test(
    "is read from 16 lower-case digits and written as it was",
    arguments: [
      ("48485a3953bb6124", 0x4848_5a39_53bb_6124), ("0000000000000001", 1), ("ffffffffffffffff", UInt64.max),
    ])
  func valid(hex: String, number: UInt64) throws {
    let id = try #require(SpanID(hex))
    #expect(id.rawValue == number)
    #expect(id.description == hex)
    #expect(id == SpanID(rawValue: number))
  }

  @Test(
    "is not read from anything else",
    arguments: [
      ("", "nothing"), ("0000000000000000", "zeros"), ("48485A3953BB6124", "upper case"),
      ("48485a3953bb612", "15 digits"),
      ("48485a3953bb61240", "17 digits"), ("463ac35c9f6413ad48485a3953bb6124", "a trace id"),
      ("48485a3953bb612x", "no digit"), (" 48485a3953bb6124", "a blank"),
    ])
  func invalid(text: String, reason: String) {
    #expect(SpanID(text) == nil, "\(reason)")
  }

  @Test("cannot be made from zero")
  func zero() {
    #expect(SpanID(rawValue: 0) == nil)
  }
}
