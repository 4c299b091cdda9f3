// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorLogging

/// A second implementation of the record's format, written for clarity and not for speed. Both must be byte-identical.
private enum ObviousEncoder {
  static func line(
    _ message: String, _ fields: Logger.Metadata, _ trace: LogTrace?, milliseconds: UInt64, service: String
  ) -> String {
    let fields = fields.sorted {
      quoted($0.key).utf8.dropLast().lexicographicallyPrecedes(quoted($1.key).utf8.dropLast())
    }
    return line(message, inOrder: fields, trace, milliseconds: milliseconds, service: service)
  }

  static func line(
    _ message: String, inOrder fields: [(key: String, value: Logger.MetadataValue)], _ trace: LogTrace?,
    milliseconds: UInt64, service: String
  ) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
    let second = formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds / 1000)))
    let rest = String(milliseconds % 1000)
    let time = second + "." + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
    var parts = [
      "\"timestamp\":\(quoted(time))", "\"level\":\"warning\"", "\"service\":\(quoted(service))",
    ]
    if let trace {
      parts.append("\"trace_id\":\"" + hex(trace.traceIDHigh) + hex(trace.traceIDLow) + "\"")
      parts.append("\"span_id\":\"" + hex(trace.spanID) + "\"")
      parts.append("\"trace_flags\":\"" + (trace.isSampled ? "01" : "00") + "\"")
    }
    parts.append("\"event\":\(quoted(message))")
    parts.append("\"logger\":\"orders\"")
    for (key, value) in fields {
      parts.append("\(quoted(key)):\(json(value))")
    }
    return "{" + parts.joined(separator: ",") + "}"
  }

  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func json(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let text): quoted(text)
    case .stringConvertible(let value as Int): String(value)
    case .stringConvertible(let value as Bool): value ? "true" : "false"
    case .stringConvertible(let value as Double): value.isFinite ? value.description : quoted("\(value)")
    case .stringConvertible(let value): quoted(value.description)
    case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
    case .dictionary(let fields):
      "{"
        + fields.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

@Suite struct ObviousEncoderTests {
  /// Texts with every relevant kind of character, of lengths around the eight bytes that are processed together.
  private func text(_ random: inout SeededGenerator, upTo length: Int) -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "b", "Z", "0", "_", ".", " ", "\"", "\\", "\n", "\r", "\t", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}",
      "\u{A0}", "é", "\u{2027}", "\u{2028}", "\u{2029}", "\u{202E}", "€", "\u{FFFD}", "😀",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...length, using: &random) {
      // Mostly plain characters, because the fast path handles runs of them.
      text.append(
        Bool.random(using: &random)
          ? alphabet[Int.random(in: 0..<6, using: &random)] : alphabet.randomElement(using: &random) ?? "a")
    }
    return String(text)
  }

  private func value(_ random: inout SeededGenerator, depth: Int) -> Logger.MetadataValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: .stringConvertible(Int.random(in: Int.min...Int.max, using: &random))
    case 1: .stringConvertible(Bool.random(using: &random))
    case 2: .stringConvertible(Double.random(in: -1e6...1e6, using: &random))
    case 3: .stringConvertible(Int.random(in: -20...1200, using: &random))
    case 6: .array((0..<3).map { _ in value(&random, depth: depth - 1) })
    case 7:
      .dictionary(
        Dictionary(
          (0..<3).map { _ in ("k" + text(&random, upTo: 4), value(&random, depth: depth - 1)) },
          uniquingKeysWith: { $1 }))
    default: .string(text(&random, upTo: 40))
    }
  }

  @Test func theLinesOfBothAreTheSame() throws {
    var random = SeededGenerator(environment: ProcessInfo.processInfo.environment)
    var settings = LogSettings(service: "order-\"service\"")
    settings.redaction = .disabled
    let encoder = JSONLogEncoder(settings: settings)
    let label = encoder.label("orders")
    var memory = LogEncoderMemory()
    for _ in 0..<2000 {
      var fields: Logger.Metadata = [:]
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        // Never a built-in name, because those are renamed, which other tests cover.
        let key =
          switch Int.random(in: 0..<3, using: &random) {
          case 0: text(&random, upTo: 12)
          case 1: "ey\(Int.random(in: 0..<100, using: &random))"  // Seen before, most of them.
          default: String(repeating: "ey", count: Int.random(in: 40..<60, using: &random))
          }
        fields["k" + key] = value(&random, depth: 2)
      }
      let trace =
        Bool.random(using: &random)
        ? LogTrace(
          traceIDHigh: .random(in: 1 ... .max, using: &random), traceIDLow: .random(in: 1 ... .max, using: &random),
          spanID: .random(in: 1 ... .max, using: &random), isSampled: Bool.random(using: &random)) : nil
      let milliseconds = UInt64.random(in: 0...4_000_000_000_000, using: &random)
      let message = text(&random, upTo: 30)
      var output = GrowingBytes()
      encoder.encode(
        LogRecord(
          time: milliseconds * 1_000_000 + 999_999, level: .warning, message: message, logger: "orders", trace: trace,
          fields: LogFields(call: fields)),
        into: &output, memory: &memory)
      let obvious = ObviousEncoder.line(
        message, fields, trace, milliseconds: milliseconds, service: settings.service)
      let line = String(decoding: output.array(), as: UTF8.self)
      try #require(line.utf8.elementsEqual((obvious + "\n").utf8), "\(line)\n\(obvious)")

      // The fast path for records with only a message and fields: the same line or none.
      var plain = GrowingBytes()
      let isPlain = encoder.encode(
        LogHead(time: milliseconds * 1_000_000 + 999_999, level: .warning, event: message, trace: trace),
        label, fields, into: &plain, memory: &memory)
      #expect(isPlain && plain.array() == output.array())
    }
  }

  @Test func theLineOfAnEventIsTheSame() throws {
    let keys: [StaticString] = [
      "order_id", "order_id_2", "user_id", "retry_count", "amount", "is_final", "an \"odd\" key", "größe", "k", "",
      "a_key_that_is_longer_than_most_of_them", "order_total", "elapsed", "currency",
    ]
    let names: [StaticString] = ["payment_timeout", "order \"placed\"", "größer", "e", "order_id"]
    var random = SeededGenerator(environment: ProcessInfo.processInfo.environment)
    var settings = LogSettings(service: "order-service")
    settings.redaction = .disabled
    let encoder = JSONLogEncoder(settings: settings)
    let label = encoder.label("orders")
    let rules = FieldRules.Place(encoder.fieldRules)
    var memory = LogEncoderMemory()
    for _ in 0..<2000 {
      var added: [(key: StaticString, value: Logger.MetadataValue)] = []
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        guard let key = keys.randomElement(using: &random) else { continue }
        added.append((key, value(&random, depth: 1)))
      }
      let milliseconds = UInt64.random(in: 0...4_000_000_000_000, using: &random)
      let name = names.randomElement(using: &random) ?? "e"
      let head = LogHead(time: milliseconds * 1_000_000 + 999_999, level: .warning, event: name, trace: nil)
      memory.event.removeAll()
      encoder.begin(head, label, in: &memory)
      unsafe withUnsafeMutablePointer(to: &memory) { memory in
        var fields = unsafe EventFields(memory, rules.address)
        for (key, value) in added { fields.addAsItsType(key, value) }
      }
      encoder.end(&memory.event)
      let last = added.enumerated().filter { index, field in
        !added[(index + 1)...].contains { $0.key.description == field.key.description }
      }
      let obvious = ObviousEncoder.line(
        name.description, inOrder: last.map { ($0.element.key.description, $0.element.value) }, nil,
        milliseconds: milliseconds, service: settings.service)
      let line = String(decoding: memory.event.bytes.array(), as: UTF8.self)
      try #require(line.utf8.elementsEqual((obvious + "\n").utf8), "\(line)\n\(obvious)")
    }
  }

  @Test func aRecordThatIsTooLongIsNotForTheShortWay() {
    var settings = LogSettings(service: "order-service")
    settings.recordBytes = 1000
    let encoder = JSONLogEncoder(settings: settings)
    var memory = LogEncoderMemory()
    var output = GrowingBytes()
    let head = LogHead(time: 1, level: .info, event: "m", trace: nil)
    for count in [1, 2000] {
      let fields: Logger.Metadata = ["text": .string(String(repeating: "x", count: count))]
      #expect(encoder.encode(head, encoder.label("orders"), fields, into: &output, memory: &memory) == (count == 1))
    }
    #expect(output.array().count < 200)
  }
}

extension EventFields {
  /// By the method of its type, if there is one.
  fileprivate mutating func addAsItsType(_ key: StaticString, _ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): add(key, text)
    case .stringConvertible(let number as Int): add(key, number)
    case .stringConvertible(let number as Double): add(key, number)
    case .stringConvertible(let flag as Bool): add(key, flag)
    default: add(key, value)
    }
  }
}
