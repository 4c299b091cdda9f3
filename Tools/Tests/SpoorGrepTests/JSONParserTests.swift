import Testing

@testable import SpoorGrep

@Suite struct JSONParserTests {
  @Test(arguments: [
    (#"{"a":"b\n\u00e9\ud83d\ude00"}"#, "b\né😀"), (#"{"a":"\ud83d"}"#, "\u{FFFD}"), (#"{"a":1.10}"#, "1.10"),
    (#" {"a" : [1, {"b":null}] } "#, #"[1,{"b":null}]"#), (#"{"a":"x","a":"y"}"#, "y"),
  ])
  func aFieldIsReadAsItStands(line: String, expected: String) throws {
    #expect(LogRecord(line.utf8)?["a"]?.text == expected)
  }

  @Test(arguments: [
    "", "plain text", "[1]", "{", #"{"a""#, #"{"a":}"#, #"{"a":1}x"#, #"{"a":"\u12"}"#, #"{"a":01x}"#, #"{"a":nul}"#,
    #"{"a":"\"#, #"{"a":"\ud83d\u"#,
  ])
  func whatIsNoObjectIsNoRecord(line: String) {
    #expect(LogRecord(line.utf8) == nil)
  }

  @Test func nestingWithoutEndIsRefused() {
    #expect(LogRecord((#"{"a":"# + String(repeating: "[", count: 1_000_000)).utf8) == nil)
  }

  @Test func noBytesBringItDown() {
    var random = SystemRandomNumberGenerator()
    let seed = Array(#"{"a":"b\n\u00e9\ud83d\ude00","c":[1,-2.5e3,true,null,{"d":{}}]}"#.utf8)
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let cut = bytes.prefix(Int.random(in: 0...bytes.count, using: &random))
      if let record = LogRecord(cut) { #expect(record.members.count <= bytes.count) }
    }
  }
}
