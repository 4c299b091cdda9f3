// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorStacks
import SpoorTestSupport
import Testing

@testable import SpoorLogging

/// Encodes one record and checks the rules for every record: one line, valid JSON, within its limit.
func encoded(
  _ message: String = "event", fields: Logger.Metadata = [:], failure: FailureFields? = nil, trace: LogTrace? = nil,
  time: UInt64 = 1_699_366_981_234_567_890, settings: LogSettings = LogSettings(service: "order-service")
) throws -> String {
  var output = GrowingBytes()
  var memory = LogEncoderMemory()
  JSONLogEncoder(settings: settings).encode(
    LogRecord(
      time: time, level: .warning, message: message, logger: "orders", trace: trace,
      fields: LogFields(call: fields), failure: failure), into: &output, memory: &memory)
  let bytes = output.array()
  #expect(bytes.count <= settings.recordBytes)
  #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1 && bytes.last == UInt8(ascii: "\n"))
  _ = try DecodedJSON.object(String(decoding: bytes, as: UTF8.self))
  return String(decoding: bytes.dropLast(), as: UTF8.self)
}

@Suite struct JSONLogEncoderTests {
  /// If they cannot be read, records are still written, more slowly.
  @Test("fields are read in the memory of their dictionary")
  func dictionariesAreReadable() { #expect(PlainFields.canReadDictionaries == RuntimeShortcuts.areAllowed) }

  @Test func aRecordHasItsKeysInTheirOrder() throws {
    let line = try encoded(
      "payment_timeout",
      fields: ["order_id": "ORD7890", "user_id": "U5678", "retry_count": .stringConvertible(2)],
      trace: LogTrace(
        traceIDHigh: 0x463a_c35c_9f64_13ad, traceIDLow: 0x4848_5a39_53bb_6124, spanID: 0x4848_5a39_53bb_6124,
        isSampled: true))
    #expect(
      line == """
        {"timestamp":"2023-11-07T14:23:01.234Z","level":"warning","service":"order-service",\
        "trace_id":"463ac35c9f6413ad48485a3953bb6124","span_id":"48485a3953bb6124","trace_flags":"01",\
        "event":"payment_timeout","logger":"orders","order_id":"ORD7890","retry_count":2,"user_id":"U5678"}
        """)
  }

  @Test func outsideASpanThereAreNoIds() throws {
    let record = try DecodedJSON.object(encoded())
    #expect(record["trace_id"] == nil && record["span_id"] == nil && record["trace_flags"] == nil)
  }

  @Test func a64BitTraceIdHas16Digits() throws {
    let trace = LogTrace(traceIDHigh: 0, traceIDLow: 1, spanID: 2, isSampled: false)
    let record = try DecodedJSON.object(encoded(trace: trace))
    #expect(record["trace_id"] as? String == "0000000000000001")
    #expect(record["trace_flags"] as? String == "00")
  }

  @Test(arguments: [
    ("plain", #"plain"#, "nothing to escape"),
    ("a\"b\\c", #"a\"b\\c"#, "quote and backslash"),
    ("a\nb\r\tc", #"a\nb\r\tc"#, "line ends cannot begin a second record"),
    ("\u{0}\u{1F}", #"\u0000\u001f"#, "C0"),
    ("\u{7F}", #"\u007f"#, "DEL"),
    ("\u{80}\u{9B}31m\u{9F}", #"\u0080\u009b31m\u009f"#, "C1: 0x9B begins a control sequence"),
    ("\u{2028}\u{2029}", #"\u2028\u2029"#, "line separators of JavaScript and of editors"),
    ("\u{A0}é€😀", "\u{A0}é€😀", "everything else is unchanged"),
    ("\u{1B}]8;;http://x\u{7}", #"\u001b]8;;http://x\u0007"#, "a terminal's link"),
  ])
  func textIsEscaped(input: String, expected: String, reason: String) throws {
    let line = try encoded(input)
    #expect(line.contains("\"event\":\"\(expected)\""), "\(reason)")
    #expect(try DecodedJSON.object(line)["event"] as? String == input)
  }

  @Test(
    arguments: [
      (Logger.MetadataValue.stringConvertible(2), "2"), (.stringConvertible(-7), "-7"),
      (.stringConvertible(UInt64.max), "18446744073709551615"), (.stringConvertible(Int8(3)), "3"),
      (.stringConvertible(1.5), "1.5"), (.stringConvertible(Float(0.1)), "0.1"), (.stringConvertible(true), "true"),
      (.stringConvertible(Double.nan), "\"NaN\""), (.stringConvertible(-Double.infinity), "\"-Infinity\""),
      (.string("2"), "\"2\""), (.array(["a", .stringConvertible(1)]), "[\"a\",1]"),
      (.dictionary(["b": .stringConvertible(false), "a": "x"]), "{\"a\":\"x\",\"b\":false}"),
      (.array([]), "[]"), (.dictionary([:]), "{}"),
    ] as [(Logger.MetadataValue, String)])
  func valuesKeepTheirType(value: Logger.MetadataValue, expected: String) throws {
    #expect(try encoded(fields: ["field": value]).contains("\"field\":\(expected)}"))
  }

  @Test(arguments: [
    ("service", "fields.service"), ("trace_id", "fields.trace_id"), ("error.type", "fields.error.type"),
    ("fields.service", "fields.fields.service"), ("fields.other", "fields.other"), ("order_id", "order_id"),
    ("error.code", "error.code"),
  ])
  func aCollidingKeyGivesWay(key: String, written: String) throws {
    let record = try DecodedJSON.object(encoded(fields: [key: "x"]))
    #expect(record[written] as? String == "x")
    #expect(record["service"] as? String == "order-service")
  }

  @Test func noTwoKeysBecomeTheSame() throws {
    let keys = ["event", "fields.event", "fields.fields.event"]
    let line = try encoded(fields: Dictionary(uniqueKeysWithValues: keys.map { ($0, .string($0)) }))
    let record = try DecodedJSON.object(line)
    for key in keys { #expect(record["fields.\(key)"] as? String == key) }
  }

  @Test func aLongValueIsCutBetweenCharacters() throws {
    let text = String(repeating: "é", count: 4000)
    let value = try #require(try DecodedJSON.object(encoded(fields: ["text": .string(text)]))["text"] as? String)
    #expect(value.hasPrefix(String(repeating: "é", count: 2048)))
    #expect(value.hasSuffix("é…(3904 bytes more)"))
  }

  @Test func aRecordStaysWithinItsLimitAndTheStackGivesFirst() throws {
    var failure = FailureFields(type: "Oops", message: "it broke")
    failure.stackTrace = String(repeating: "frame\n", count: 4000)
    var fields: Logger.Metadata = [:]
    for index in 0..<3 { fields["f\(index)"] = .string(String(repeating: "x", count: 4000)) }
    let record = try DecodedJSON.object(encoded(fields: fields, failure: failure))
    #expect((record["f0"] as? String)?.count == 4000, "the fields are whole")
    #expect((record["error.stack_trace"] as? String)?.hasSuffix("bytes more)") == true)
  }

  @Test func fieldsWithoutEndStillFit() throws {
    var fields: Logger.Metadata = [:]
    for index in 0..<10_000 { fields["field\(index)"] = .array((0..<100).map { .stringConvertible($0) }) }
    let record = try DecodedJSON.object(encoded(fields: fields))
    #expect((record["fields_dropped"] as? Int ?? 0) > 9000)
  }

  @Test func whatIsWideAndDeepStillFits() throws {
    var value = Logger.MetadataValue.string(String(repeating: "x", count: 100))
    for _ in 0..<7 { value = .array(Array(repeating: value, count: 5)) }
    let fields = Dictionary(uniqueKeysWithValues: (0..<20).map { ("field\($0)", value) })
    let record = try DecodedJSON.object(encoded(fields: fields))
    #expect(record["field0"] is [Any])
  }

  @Test func whatIsNestedTooDeepBecomesText() throws {
    var value = Logger.MetadataValue.string("core")
    for _ in 0..<50 { value = .array([value]) }
    let line = try encoded(fields: ["deep": value])
    #expect(line.contains("[[[[[[[[\""))
    #expect(!line.contains("[[[[[[[[[[\""))
  }

  /// Below the depth limit stands a marker. It was the value's description once, with everything in it.
  @Test func aSecretIsRedactedHoweverDeepItIsNested() throws {
    let mail: Logger.MetadataValue = "\("zoe@5ecre7.org", sensitivity: .sensitive)"
    let cores: [Logger.MetadataValue] = [
      ["password": "5ecre7"], ["api-key": ["list": "5ecre7"]], ["url": "https://h/cb?access_token=5ecre7"], mail,
      ["mail": mail], .array([mail]), ["Authorization": .array(["5ecre7"])],
    ]
    for core in cores {
      for depth in 0..<40 {
        var value = core
        for level in 0..<depth { value = level % 2 == 0 ? .array([value]) : ["a": value, "b": "open"] }
        let line = try encoded(fields: ["deep": value])
        #expect(!line.contains("5ecre7"), "\(depth): \(line)")
        // The console's lines are written by the same rules.
        var output = GrowingBytes()
        var memory = LogEncoderMemory()
        ConsoleLogEncoder(settings: LogSettings(service: "s"), usesColour: false).encode(
          LogRecord(
            time: 1, level: .info, message: "event", logger: "x", trace: nil, fields: LogFields(call: ["deep": value]),
            failure: nil), into: &output, memory: &memory)
        #expect(!String(decoding: output.array(), as: UTF8.self).contains("5ecre7"), "\(depth)")
      }
    }
  }

  @Test func anErrorHasItsFields() throws {
    var failure = FailureFields(type: "PaymentTimeout", message: "no answer in 300 ms")
    failure.isHandled = true
    failure.stackTrace = "PaymentClient.charge(_:) at PaymentClient.swift:42"
    failure.causes = [.init(type: "HTTPTimeout", message: "read timed out")]
    failure.spans = ["POST /orders", "place order"]
    #expect(
      try encoded(failure: failure).hasSuffix(
        #""error.type":"PaymentTimeout","error.message":"no answer in 300 ms","#
          + #""error.stack_trace":"PaymentClient.charge(_:) at PaymentClient.swift:42","#
          + #""error.causes":[{"type":"HTTPTimeout","message":"read timed out"}],"#
          + #""error.spans":["POST /orders","place order"],"error.handled":true}"#))
  }

  @Test func secretsAreNotWritten() throws {
    let record = try DecodedJSON.object(
      encoded(fields: [
        "password": .stringConvertible(1234), "headers": ["Authorization": "Bearer x", "accept": "*/*"],
        "cookie": ["a=b"],
      ]))
    #expect(record["password"] as? String == "[redacted]")
    #expect((record["headers"] as? [String: String]) == ["Authorization": "[redacted]", "accept": "*/*"])
    #expect(record["cookie"] as? String == "[redacted]")
  }

  @Test(
    arguments: [
      (0, 3, "1970-01-01T00:00:00.000Z"), (951_782_400_000_000_000, 3, "2000-02-29T00:00:00.000Z"),
      (1_709_251_199_999_999_999, 9, "2024-02-29T23:59:59.999999999Z"),
      (4_102_444_799_123_456_000, 6, "2099-12-31T23:59:59.123456Z"),
    ] as [(UInt64, Int, String)])
  func timestampsAreRFC3339(time: UInt64, digits: Int, expected: String) throws {
    var settings = LogSettings(service: "x")
    settings.timestampDigits = digits
    #expect(try encoded(time: time, settings: settings).hasPrefix("{\"timestamp\":\"\(expected)\""))
  }
}
