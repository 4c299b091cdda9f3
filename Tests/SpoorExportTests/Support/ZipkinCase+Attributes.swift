// SPDX-License-Identifier: Apache-2.0

import SpoorJournal

@testable import SpoorExport

extension ZipkinCase {
  static let attributes: [ZipkinCase] = [
    ZipkinCase(
      "one of each type",
      {
        $0.attribute("text", "ORD7890")
        $0.attribute("empty", "")
        $0.attribute("int", 200)
        $0.attribute("least", Int(Int64.min))
        $0.attribute("most", Int(Int64.max))
        $0.attribute("yes", true)
        $0.attribute("no", false)
        $0.attribute("double", 1.5)
        $0.attribute("whole", 2.0)
        $0.attribute("tiny", Double.leastNonzeroMagnitude)
        $0.attribute("nan", Double.nan)
        $0.attribute("minus infinity", -Double.infinity)
      },
      {
        $0.tags = [
          "text": "ORD7890", "empty": "", "int": "200", "least": "-9223372036854775808",
          "most": "9223372036854775807", "yes": "true", "no": "false", "double": "1.5", "whole": "2.0",
          "tiny": "5e-324", "nan": "NaN", "minus infinity": "-Infinity",
        ]
      }),
    ZipkinCase(
      "arrays as JSON lists",
      {
        $0.attribute("ints", .int64Array, [1, -2, 3].flatMap { Int64($0).littleEndianBytes })
        $0.attribute(
          "doubles", .doubleArray, [0.5, .nan].flatMap { (value: Double) in value.bitPattern.littleEndianBytes })
        $0.attribute("bools", .boolArray, [1, 0])
        $0.attribute("strings", .stringArray, .strings(["a", "", "say \"hi\"\n", "é"]))
        $0.attribute("none", .stringArray, [])
      },
      {
        $0.tags = [
          "ints": "[1,-2,3]", "doubles": "[0.5,\"NaN\"]", "bools": "[true,false]",
          "strings": #"["a","","say \"hi\"\n","é"]"#, "none": "[]",
        ]
      }),
    ZipkinCase(
      "a truncated array of strings",
      { $0.attribute("cut", .stringArray, .strings(["a"]) + [9, 0, 0, 0, 0x62]) }, { $0.tags = ["cut": #"["a"]"#] }),
    ZipkinCase(
      "an unresolved stack",
      { $0.attribute("stack", .addresses, [0x1000, 0xdead_beef].flatMap { UInt64($0).littleEndianBytes }) },
      { $0.tags = ["stack": "0x1000\n0xdeadbeef"] }),
    ZipkinCase(
      "a key twice, the newer field behind",
      {
        $0.attribute("n", 1, sequence: 1)
        $0.attribute("m", 1, sequence: 2)
        $0.attribute("n", 2, sequence: 3)
      }, { $0.tags = ["n": "2", "m": "1"] }),
    ZipkinCase(
      "a key twice, the newer field before",
      {
        $0.attribute("n", 2, sequence: 3)
        $0.attribute("n", 1, sequence: 1)
      }, { $0.tags = ["n": "2"] }),
    ZipkinCase(
      "a key twice, with a wrapped sequence number",
      {
        $0.attribute("n", 1, sequence: 65_535)
        $0.attribute("n", 2, sequence: 2)
      }, { $0.tags = ["n": "2"] }),
    ZipkinCase(
      "a key three times with one number: the last one wins",
      { for value in 1...3 { $0.attribute("n", value) } }, { $0.tags = ["n": "3"] }),
    ZipkinCase(
      "three hundred keys, each twice",
      {
        for round in 0...1 {
          for index in 0..<300 { $0.attribute("key.\(index)", index + round, sequence: UInt16(round)) }
        }
      }, { $0.tags = .init(uniqueKeysWithValues: (0..<300).map { ("key.\($0)", String($0 + 1)) }) }),
    ZipkinCase(
      "an empty key", { $0.attribute("", "value") }, { $0.tags = ["": "value"] }),
    ZipkinCase(
      "dropped attributes, events and links", { $0.dropped = (attributes: 3, events: 65_535, links: 1) },
      {
        $0.tags = [
          "otel.dropped_attributes_count": "3", "otel.dropped_events_count": "65535",
          "otel.dropped_links_count": "1",
        ]
      }),
  ]

  /// Text that is difficult for an encoder, with the text that a decoder must read back.
  static let hardTexts: [(bytes: [UInt8], text: String)] =
    [
      "\"", "\\", "a \"quoted\" \\ path", "line\nline\r\ttab", "\u{0}\u{1}\u{1f}", "\u{7f}", "\u{80}\u{9f}",
      "\u{2028}\u{2029}", "</script>", "é", "日本語", "😀", "👨‍👩‍👧‍👦 family", "12345678", "1234567\"", "12345678\\", "\"2345678",
      "ééééééééé\"é", "a\u{10FFFF}b", String(repeating: "x", count: 127), String(repeating: "x", count: 128),
      String(repeating: "é", count: 10_000), String(repeating: "\"", count: 20_000),
    ].map { (Array($0.utf8), $0) }
    + [
      [0xff], [0x61, 0xff, 0x62], [0xc0, 0x80], [0xc3], [0xe2, 0x82], [0xe2, 0x82, 0x22], [0xf0, 0x9f, 0x98],
      [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80, 0x80],
      [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0xc3],
    ].map { (bytes: [UInt8]) in (bytes, String(decoding: bytes, as: UTF8.self)) }

  static let texts: [ZipkinCase] = hardTexts.enumerated().map { index, hard in
    ZipkinCase(
      "hard text \(index)",
      { record in
        record.fields.append(.name, sequence: 2, value: hard.bytes)
        record.fields.append(.attribute, key: "value", value: hard.bytes)
        record.attribute("key \(hard.text)", "key")
        record.attribute("list", .stringArray, .strings([hard.text]))
        record.event("event \(hard.text)", at: 1_699_366_981_234_999_999)
        record.resource.service = hard.text
      },
      { span in
        span.name = hard.text
        let list = #"["\#(escapedInList(hard.text))"]"#
        // A value has at most 65 535 bytes.
        span.tags = ["value": hard.text, "key \(hard.text)": "key", "list": list]
        span.annotations = [.init(timestamp: 1_699_366_981_234_999, value: "event \(hard.text)")]
        span.localEndpoint?.serviceName = hard.text
      })
  }

  /// A text inside the JSON list of a tag's value.
  static func escapedInList(_ text: String) -> String {
    text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      case "\u{2028}": "\\u2028"
      case "\u{2029}": "\\u2029"
      case _ where scalar.value < 0x10: "\\u000\(String(scalar.value, radix: 16))"
      case _ where scalar.properties.generalCategory == .control: "\\u00\(String(scalar.value, radix: 16))"
      default: String(scalar)
      }
    }.joined()
  }
}
