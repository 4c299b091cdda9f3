// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A trace id")
struct TraceIDTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let hex: String
    let high: UInt64
    let low: UInt64
    let written: String
    let padded: String
    let reason: String
    var testDescription: String { reason }
  }

  static let valid = [
    Row(
      hex: "463ac35c9f6413ad48485a3953bb6124", high: 0x463a_c35c_9f64_13ad, low: 0x4848_5a39_53bb_6124,
      written: "463ac35c9f6413ad48485a3953bb6124", padded: "463ac35c9f6413ad48485a3953bb6124",
      reason: "32 digits are 128 bits"),
    Row(
      hex: "48485a3953bb6124", high: 0, low: 0x4848_5a39_53bb_6124,
      written: "48485a3953bb6124", padded: "000000000000000048485a3953bb6124", reason: "16 digits are 64 bits"),
    Row(
      hex: "000000000000000048485a3953bb6124", high: 0, low: 0x4848_5a39_53bb_6124,
      written: "48485a3953bb6124", padded: "000000000000000048485a3953bb6124",
      reason: "16 leading zeros are the padding of a 64-bit id"),
    Row(
      hex: "00000000000000010000000000000000", high: 1, low: 0,
      written: "00000000000000010000000000000000", padded: "00000000000000010000000000000000",
      reason: "a lower half of zeros is not a zero id"),
    Row(
      hex: "ffffffffffffffffffffffffffffffff", high: .max, low: .max,
      written: "ffffffffffffffffffffffffffffffff", padded: "ffffffffffffffffffffffffffffffff",
      reason: "every bit set"),
    Row(
      hex: "0000000000000001", high: 0, low: 1,
      written: "0000000000000001", padded: "00000000000000000000000000000001", reason: "leading zeros are written"),
  ]

  @Test("is read from its hexadecimal form and written as it was", arguments: valid)
  func readAndWritten(row: Row) throws {
    let id = try #require(TraceID(row.hex))
    #expect(id.high == row.high)
    #expect(id.low == row.low)
    #expect(id.is64Bit == (row.high == 0))
    #expect(id.description == row.written)
    #expect(id.paddedDescription == row.padded)
    #expect(id == TraceID(high: row.high, low: row.low))
  }

  @Test(
    "is not read from anything else",
    arguments: [
      ("", "nothing"),
      ("0000000000000000", "16 zeros"),
      ("00000000000000000000000000000000", "32 zeros"),
      ("48485A3953BB6124", "upper case"),
      ("48485a3953bb612", "15 digits"),
      ("48485a3953bb61240", "17 digits"),
      ("463ac35c9f6413ad48485a3953bb612", "31 digits"),
      ("463ac35c9f6413ad48485a3953bb61245", "33 digits"),
      ("48485a3953bb612g", "a letter behind f"),
      ("48485a3953bb612`", "the byte before a"),
      ("48485a3953bb612:", "the byte after 9"),
      ("48485a3953bb612/", "the byte before 0"),
      (" 48485a3953bb6124", "a blank before it"),
      ("48485a3953bb6124 ", "a blank after it"),
      ("48485a3953bb6124-", "text after it"),
      ("0x48485a3953bb61", "a prefix"),
      ("+8485a3953bb6124", "a sign"),
      ("４8485a3953bb6124", "a digit that is not ASCII"),
    ])
  func invalid(text: String, reason: String) {
    #expect(TraceID(text) == nil, "\(reason)")
  }

  @Test("cannot be made from zeros")
  func zero() {
    #expect(TraceID(high: 0, low: 0) == nil)
  }

  @Test("is 128 bits wide when it is new, and 64 on request")
  func width() {
    #expect(!TraceID.random().is64Bit)
    #expect(TraceID.random(is64Bit: true).is64Bit)
  }
}
