// SPDX-License-Identifier: Apache-2.0

import Testing
import ToolsTestSupport

@testable import SpoorModel

@Suite struct HostileInputTests {
  @Test(arguments: [
    ("a\u{0}b", "a\u{FFFD}b"), ("\u{0}", "\u{FFFD}"), ("A\u{0}", "a\u{FFFD}"), ("plain", "plain"),
    ("e\u{0}\u{301}", "e\u{FFFD}\u{301}"),
  ])
  func aNULInANameIsReplaced(name: String, expected: String) throws {
    let json = #"[{"traceId":"1","id":"1","name":\#(quoted(name)),"localEndpoint":{"serviceName":\#(quoted(name))}}]"#
    let span = try #require(try ZipkinJSONDecoder.spans(Array(json.utf8)).first)
    #expect(Array((span.name ?? "").utf8) == Array(expected.utf8) && span.serviceName == span.name)
    let again = try ZipkinProtoDecoder.spans(ZipkinProtoEncoder.bytes([span]))
    #expect(again == [span])
  }

  private func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(arguments: [0, -1, Int64.min])
  func anAnnotationWithoutAPositiveTimeIsDropped(time: Int64) throws {
    let json =
      #"[{"traceId":"1","id":"1","annotations":[{"timestamp":\#(time),"value":"x"},{"timestamp":9,"value":"y"}]}]"#
    let spans = try ZipkinJSONDecoder.spans(Array(json.utf8))
    #expect(spans[0].annotations.map(\.value) == ["y"])
    let again = try ZipkinProtoDecoder.spans(ZipkinProtoEncoder.bytes(spans))
    #expect(again == spans)
  }

  /// The store must be able to read back from proto3 everything that the JSON reader accepts.
  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func everySpanThatIsAcceptedSurvivesTheStoresEncoding(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<400 {
      let json = Self.span(&random)
      let span: ZipkinSpan
      do throws(SpanError) { span = try ZipkinJSONDecoder.span(Array(json.utf8)) } catch { continue }
      let (back, lost) = StoredSpans.readable(ZipkinProtoEncoder.bytes([span]), keepsContent: true)
      #expect(back == [span] && lost == 0, "seed \(seed): \(json)")
    }
  }

  private static func span(_ random: inout SeededGenerator) -> String {
    let numbers = ["0", "-1", "1", "4611686018427387904", "9223372036854775807", "\"5\"", "1e3", "null"]
    let texts = [#""a""#, #""""#, #""a\u0000b""#, #""\ud800""#, #""\ud83d\ude00""#, "7", "null"]
    func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "null" }
    var fields = [#""traceId":"\#(String(UInt64.random(in: 1...UInt64.max, using: &random), radix: 16))""#]
    fields.append(#""id":"\#(String(UInt64.random(in: 1...9, using: &random), radix: 16))""#)
    for key in ["name", "timestamp", "duration", "parentId", "debug", "shared"] where Bool.random(using: &random) {
      switch key {
      case "name": fields.append("\"name\":\(one(texts))")
      case "parentId": fields.append(#""parentId":"0""#)
      case "debug", "shared": fields.append("\"\(key)\":true")
      default: fields.append("\"\(key)\":\(one(numbers))")
      }
    }
    fields.append(
      #""localEndpoint":{"serviceName":\#(one(texts)),"ipv6":"::ffff:1.2.3.4","port":\#(one(["0", "80", "65535", "-1"]))}"#
    )
    fields.append(#""annotations":[{"timestamp":\#(one(numbers.dropLast())),"value":\#(one(texts.dropLast()))}]"#)
    fields.append(#""tags":{\#(one(texts.dropLast(2))):\#(one(texts.dropLast()))}"#)
    return "{\(fields.joined(separator: ","))}"
  }

  @Test(arguments: [
    (#"{"id":"7"}"#, "Missing traceId at $[1] reading List<Span> from json (id 7)"),
    (#"{"traceId":"1","id":"0"}"#, "id is all zeros at $[1]"),
    (#"{"traceId":"1","id":"1","kind":"INTERNAL"}"#, "No enum constant zipkin2.Span.Kind.INTERNAL at $[1]"),
    (#"{"traceId":"1","id":"1","localEndpoint":{"port":70000}}"#, "invalid port 70000 at $[1]"),
    (#"{"traceId":"1","id":"1","tags":{"a":null}}"#, "No value at tags.a at $[1]"),
  ])
  func oneBadSpanIsNamedAndCostsNoOther(bad: String, error: String) throws {
    let good = { (id: Int) in #"{"traceId":"1","id":"\#(id)"}"# }
    var taken: [UInt64] = []
    let refused = try ZipkinJSONDecoder.read(Array("[\(good(1)),\(bad),\(good(2))]".utf8)) { taken.append($0.id.value) }
    #expect(taken == [1, 2])
    #expect(refused.count == 1 && refused[0].description.contains(error), "\(refused)")
  }

  @Test func aDamagedSpanOfAListInProto3CostsOnlyItself() throws {
    let spans = try (1...3).map { id in
      ZipkinSpan(
        traceID: try #require(ZipkinTraceID(high: 0, low: 1)), id: try #require(ZipkinSpanID(UInt64(id))),
        tags: [ZipkinTag(key: "key", value: "value")])
    }
    let parts = spans.map { ZipkinProtoEncoder.bytes([$0]) }
    var middle = parts[1]
    // The first field within the span has a type that does not exist.
    middle[2] = 0x0f
    let (read, lost) = StoredSpans.readable(parts[0] + middle + parts[2], keepsContent: true)
    #expect(read == [spans[0], spans[2]] && lost == 1)
  }

  @Test(
    arguments: [
      (#"{"a":1}"#, #"{"a":1}"#), (" {\"a\" : [1,\t2]} ", #"{"a":[1,2]}"#), ("\u{FEFF}{}", nil), (#"{"a":1,}"#, nil),
      (#"{"a":01}"#, nil), (#"{"a":+1}"#, nil), (#"{"a":.5}"#, nil), (#"{"a":1.}"#, nil), (#"{"a":NaN}"#, nil),
      (#"{"a":-}"#, nil), (#"{"a":1e999}"#, #"{"a":"1e999"}"#), (#"{"a":-0.0e+1}"#, #"{"a":-0.0e+1}"#), ("[]", nil),
      ("{}{}", nil), ("{} x", nil), ("", nil), (#"{"a":"\ud800"}"#, "{\"a\":\"\u{FFFD}\"}"),
      ("{\"a\":\"\u{1}\"}", #"{"a":"\u0001"}"#), (#"{"a":{"toString":1}}"#, #"{"a":{"toString":1}}"#), ("{'a':1}", nil),
      (#"{"a":tru}"#, nil), ("{\"a\"", nil), (#"{"a":"b"#, nil), (#"{"a" 1}"#, nil),
    ] as [(String, String?)])
  func aLogRecordIsCheckedAndReencoded(line: String, expected: String?) {
    #expect(JSONObjectText(Array(line.utf8)).map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
  }

  @Test func anObjectInAnotherEncodingOrTooDeepIsRefused() {
    let utf16 = Array(#"{"a":1}"#.utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    #expect(JSONObjectText(utf16) == nil && JSONObjectText([0xff, 0xfe] + utf16) == nil)
    let deep = { (depth: Int) in
      Array((#"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}").utf8)
    }
    #expect(
      JSONObjectText(deep(60)) != nil && JSONObjectText(deep(64)) == nil && JSONObjectText(deep(1_000_000)) == nil)
    // Bytes that are not UTF-8 become U+FFFD.
    let replaced = JSONObjectText(Array("{\"a\":\"".utf8) + [0xff] + Array("\"}".utf8))
    #expect(replaced?.fields == ["a": "\u{FFFD}"])
  }
}
