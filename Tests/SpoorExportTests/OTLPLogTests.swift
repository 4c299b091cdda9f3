// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

/// Lines as OTLP's log records, read by opentelemetry-proto's decoders.
@Suite("A line as OTLP") struct OTLPLogTests {
  private func body(_ lines: [String], usesJSON: Bool) throws -> Data {
    let encoder = OTLP.logs(usesJSON: usesJSON, names: LogLineNames())
    let prepared = encoder.prepare(Recorded().resource, logger: "orders")
    var buffer = EncodeBuffer()
    var memory = LogLineMemory()
    let records = lines.map { line in
      let range = unsafe Array(line.utf8).withUnsafeBytes { bytes in
        unsafe encoder.encode(bytes, now: 7, memory: &memory, into: &buffer) { _ in }
      }
      return EncodedRecord(token: 0, bytes: range)
    }
    var body = GrowingBytes()
    encoder.frame([ResourceRun(prepared, records[...])], of: buffer.records, into: &body)
    return Data(body.array())
  }

  /// Fails if protobuf's library would write other bytes, or the two forms differ.
  private func decoded(_ lines: [String]) throws -> [[String: Any]] {
    let files = try [false, true].map { try Peer.temporaryFile(body(lines, usesJSON: $0)) }
    let text = try Peer.runPython("check_otlp.py", ["logs"] + files.map(\.path), environment: "otlp")
    let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let part = try #require((document["resourceLogs"] as? [[String: Any]])?.first)
    let scope = try #require((part["scopeLogs"] as? [[String: Any]])?.first)
    #expect((scope["scope"] as? [String: Any])?["name"] as? String == "orders")
    return scope["logRecords"] as? [[String: Any]] ?? []
  }

  @Test func everyFieldIsDecodedAsWritten() throws {
    let line = #"""
      {"timestamp":"2026-03-01T12:34:56.789012345Z","level":"warning","service":"order-service",\#
      "trace_id":"463ac35c9f6413ad48485a3953bb6124","span_id":"a2fb4a1d1a96d312","trace_flags":"01",\#
      "event":"order_placed","logger":"orders","text":"a \"b\" \u00e9\ud83d\ude00\n","whole":-9223372036854775808,\#
      "id":12345678901234567890,"ratio":0.25,"exponent":1e3,"yes":true,"no":false,"nothing":null,"list":[1,"a",[]],\#
      "map":{"a":{"b":[true]},"c\n":1},"error.type":"E","error.message":"m","error.stack_trace":"s"}
      """#
    let record = try #require(try decoded([line]).first)
    #expect(record["timeUnixNano"] as? String == "1772368496789012345")
    #expect(record["observedTimeUnixNano"] as? String == "1772368496789012345")
    #expect(record["severityNumber"] as? Int == 13 && record["severityText"] as? String == "warning")
    #expect((record["body"] as? [String: Any])?["stringValue"] as? String == "order_placed")
    #expect(record["eventName"] as? String == "order_placed" && record["flags"] as? Int == 1)
    #expect(record["traceId"] as? String == "463ac35c9f6413ad48485a3953bb6124")
    #expect(record["spanId"] as? String == "a2fb4a1d1a96d312")
    #expect(
      OTLPSpanTests.attributes(record) == [
        "text": "string a \"b\" é😀\n", "whole": "int -9223372036854775808", "id": "string 12345678901234567890",
        "ratio": "double 0.25", "exponent": "double 1000.0", "yes": "bool true", "no": "bool false",
        "nothing": "nothing",
        "list": "[int 1, string a, []]", "map": "[a=[b=[bool true]], c\n=int 1]", "exception.type": "string E",
        "exception.message": "string m", "exception.stacktrace": "string s",
      ])
  }

  @Test(arguments: [
    ("trace", 1), ("debug", 5), ("info", 9), ("notice", 10), ("warning", 13), ("error", 17), ("critical", 18),
  ])
  func levelsHaveTheirNumbers(level: String, number: Int) throws {
    let record = try #require(try decoded([#"{"level":"\#(level)","event":"a b"}"#]).first)
    #expect(record["severityNumber"] as? Int == number && record["eventName"] == nil)
    #expect(record["timeUnixNano"] as? String == "7", "a line without a time has the time of its export")
    let crash = try #require(try decoded([#"{"level":"critical","event":"process_crashed"}"#]).first)
    #expect(crash["severityNumber"] as? Int == 21)
  }

  /// What is no JSON object is a record with the line as its body, whatever it is; nothing ends the export.
  @Test(arguments: [
    "no json", "{", #"{"event":"x""#, #"{"event":"x"} trailing"#, "[1,2]", #"{"a":tru}"#, "",
    String(repeating: "[", count: 10_000), #"{"a":"\ud83d"}"#, #"{"a":"\q"}"#, #"{"a":1.2.3}"#,
    #"{"timestamp":"2026-02-31T99:00:00Z","event":"x"}"#, #"{"trace_id":"xyz","span_id":7,"event":["x"]}"#,
  ])
  func anythingIsARecord(line: String) throws {
    #expect(try decoded([line, #"{"event":"next"}"#]).count == 2)
  }

  @Test func damagedLinesNeverHarm() throws {
    var random = SeededGenerator(of: "OTLP lines", environment: ProcessInfo.processInfo.environment)
    let whole = Array(
      #"{"timestamp":"2026-03-01T12:34:56.789Z","level":"info","event":"e","a":[1,{"b":"\u00e9"}],"c":-1.5e3}"#.utf8)
    for _ in 0..<5000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      let line = bytes.prefix(Int.random(in: 0...bytes.count, using: &random))
      let text = String(decoding: line, as: UTF8.self)
      #expect(try !body([text], usesJSON: false).isEmpty && !body([text], usesJSON: true).isEmpty)
    }
  }
}
