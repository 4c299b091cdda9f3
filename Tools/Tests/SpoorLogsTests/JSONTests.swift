// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorLogs

@Suite struct JSONTests {
  @Test(arguments: [
    (#"{"a":"b\n\u00e9\ud83d\ude00"}"#, "b\né😀"), (#" {"a" : [1, {"b":null}] } "#, #"[1,{"b":null}]"#),
    (#"{"a":"x","a":"y"}"#, "y"), (#"{"a":1.5}"#, "1.5"), (#"{"a":NaN}"#, "nan"),
    (#"{"a":123456789012345678901234567890}"#, "123456789012345678901234567890"),
    ("{\"a\":\"tab\there\"}", "tab\there"),
  ])
  func aFieldIsReadAsItStands(line: String, expected: String) {
    #expect(LogRecord(line.utf8)?["a"]?.text == expected)
  }

  @Test func invalidUTF8BecomesTheReplacementCharacter() {
    #expect(LogRecord(Array("{\"a\":\"x".utf8) + [0xFF] + Array("\"}".utf8))?["a"]?.text == "x\u{FFFD}")
  }

  @Test(arguments: [
    "", "plain text", "[1]", "{", #"{"a""#, #"{"a":}"#, #"{"a":"\u12"}"#, #"{"a":01x}"#, #"{"a":nul}"#, #"{"a":"\"#,
    #"{"a":"\ud83d\u"#, "{\"a\":1,}",
  ])
  func whatIsNoObjectIsNoRecord(line: String) {
    #expect(LogRecord(line.utf8) == nil)
  }

  @Test func nestingWithoutEndIsRefused() {
    #expect(LogRecord((#"{"a":"# + String(repeating: "[", count: 1_000_000)).utf8) == nil)
  }

  @Test(arguments: [
    (0.5, Int64(0), 1), (-0.5, 0, -1), (9.2233720368547758e18, Int64.max, 1), (-9.3e18, Int64.min, -1),
    (4_503_599_627_370_497.0, 4_503_599_627_370_497, 0),
    (1.2345678901234568e18, 1_234_567_890_123_456_789, -1), (1e300, Int64.max, 1), (-1e300, Int64.min, -1),
  ])
  func aDoubleAndAnIntegerCompareExactly(double: Double, integer: Int64, order: Int) {
    #expect(Number.double(double).compared(to: .integer(integer)) == order)
    #expect(Number.integer(integer).compared(to: .double(double)) == -order)
  }
}
