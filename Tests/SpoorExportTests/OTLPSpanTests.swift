// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("A record as OTLP")
struct OTLPSpanTests {
  /// A body of records of two resources, as protobuf and as JSON, read by opentelemetry-proto's decoders. Fails if
  /// protobuf's library would write other bytes, or the two forms differ.
  static func decoded(_ runs: [[Recorded]]) throws -> [[String: Any]] {
    let files = try [false, true].map { try body(runs, OTLP.spans(usesJSON: $0)) }.map { try Peer.temporaryFile($0) }
    let text = try Peer.runPython("check_otlp.py", ["traces"] + files.map(\.path), environment: "otlp")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    return document["resourceSpans"] as? [[String: Any]] ?? []
  }

  static func body(_ runs: [[Recorded]], _ encoder: any SpanEncoder) throws -> Data {
    var buffer = EncodeBuffer()
    var framed: [ResourceRun] = []
    for run in runs {
      let resource = encoder.prepare(run.first?.resource ?? Recorded().resource)
      let records: [EncodedRecord] = run.compactMap { recorded in
        recorded.withRecord { encoder.encodeSpan($0, resource: resource, into: &buffer) }
          .map { EncodedRecord(token: 0, bytes: $0) }
      }
      framed.append(ResourceRun(resource, records[...]))
    }
    var body = GrowingBytes()
    encoder.frame(framed, of: buffer.records, into: &body)
    return Data(body.array())
  }

  private static func spans(_ resource: [String: Any]) throws -> [[String: Any]] {
    let scopes = try #require(resource["scopeSpans"] as? [[String: Any]])
    #expect(scopes.count == 1)
    let scope = try #require(scopes.first?["scope"] as? [String: Any])
    #expect(scope["name"] as? String == "spoor" && scope["version"] as? String == SpoorVersion.text)
    return scopes.first?["spans"] as? [[String: Any]] ?? []
  }

  /// Attributes as `key: value`, the value as its kind and text.
  static func attributes(_ message: [String: Any]?) -> [String: String] {
    var result: [String: String] = [:]
    for pair in message?["attributes"] as? [[String: Any]] ?? [] {
      result[pair["key"] as? String ?? ""] = text(pair["value"] as? [String: Any] ?? [:])
    }
    return result
  }

  static func text(_ value: [String: Any]) -> String {
    guard let (kind, content) = value.first else { return "nothing" }
    if let list = content as? [String: Any], let values = list["values"] as? [[String: Any]] {
      let isList = kind == "arrayValue"
      return "["
        + values.map { isList ? text($0) : "\($0["key"] ?? "")=" + text($0["value"] as? [String: Any] ?? [:]) }
        .joined(separator: ", ") + "]"
    }
    if content is [String: Any] { return "[]" }
    if kind == "boolValue" { return "bool \(content as? Bool ?? false)" }
    return "\(kind.dropLast(5)) \(content)"
  }

  @Test func everyFieldIsDecodedAsRecorded() throws {
    var recorded = Recorded().with {
      $0.parentSpanID = 0x1234_5678_9abc_def0
      $0.kind = .server
      $0.flags = [.localRoot, .remoteParent]
      $0.dropped = (3, 4, 5)
      $0.resource = Resource(
        service: "order-service", instance: "i-1", tags: [.init("host.name", "a"), .init("process.pid", "42")])
    }
    recorded.name("place order")
    recorded.attribute("text", "größer")
    recorded.attribute("empty", "")
    recorded.attribute("number", -7)
    recorded.attribute("zero", 0)
    recorded.attribute("big", Int.min)
    recorded.attribute("ratio", 0.1)
    recorded.attribute("nan", Double.nan)
    recorded.attribute("yes", true)
    recorded.attribute("no", false)
    recorded.attribute("numbers", .int64Array, Int64(1).littleEndianBytes + Int64(-1).littleEndianBytes)
    recorded.attribute(
      "ratios", .doubleArray,
      1.5.bitPattern.littleEndianBytes + Double.infinity.bitPattern.littleEndianBytes)
    recorded.attribute("flags", .boolArray, [1, 0])
    recorded.attribute("texts", .stringArray, .strings(["a", "", "b\"c"]))
    recorded.attribute("none", .stringArray, [])
    recorded.attribute("stack", .addresses, UInt64(0x1234).littleEndianBytes)
    recorded.attribute("twice", "first", sequence: 1)
    recorded.attribute("twice", "second", sequence: 2)
    recorded.event("retry", at: 1_699_366_981_234_567_999) { $0.attribute("attempt", 2) }
    recorded.event("plain", at: 1)
    recorded.link(high: 1, low: 2, span: 3) { $0.attribute("why", "batch") }
    recorded.link(low: 4, span: 5)
    recorded.status(.error, "no stock")
    let resources = try Self.decoded([[recorded]])
    let resource = try #require(resources.first)
    #expect(
      Self.attributes(resource["resource"] as? [String: Any]) == [
        "service.name": "string order-service", "service.instance.id": "string i-1", "host.name": "string a",
        "process.pid": "int 42", "telemetry.sdk.name": "string spoor", "telemetry.sdk.language": "string swift",
        "telemetry.sdk.version": "string \(SpoorVersion.text)",
      ])
    let span = try #require(try Self.spans(resource).first)
    #expect(span["traceId"] as? String == "463ac35c9f6413ad48485a3953bb6124")
    #expect(span["spanId"] as? String == "a2fb4a1d1a96d312" && span["parentSpanId"] as? String == "123456789abcdef0")
    #expect(span["name"] as? String == "place order" && span["kind"] as? Int == 2)
    #expect(span["startTimeUnixNano"] as? String == "1699366981234567890")
    #expect(span["endTimeUnixNano"] as? String == "1699366981235802457")
    #expect(span["flags"] as? Int == 0x301)
    #expect(
      [span["droppedAttributesCount"], span["droppedEventsCount"], span["droppedLinksCount"]].map { $0 as? Int }
        == [3, 4, 5])
    #expect(
      Self.attributes(span) == [
        "text": "string größer", "empty": "string ", "number": "int -7", "zero": "int 0",
        "big": "int -9223372036854775808", "ratio": "double 0.1", "nan": "double NaN", "yes": "bool true",
        "no": "bool false", "numbers": "[int 1, int -1]", "ratios": "[double 1.5, double Infinity]",
        "flags": "[bool true, bool false]", "texts": "[string a, string , string b\"c]", "none": "[]",
        "stack": "string 0x1234", "twice": "string second",
      ])
    let events = try #require(span["events"] as? [[String: Any]])
    #expect(events.map { $0["name"] as? String } == ["retry", "plain"])
    #expect(events.map { $0["timeUnixNano"] as? String } == ["1699366981234567999", "1"])
    #expect(Self.attributes(events[0]) == ["attempt": "int 2"] && Self.attributes(events[1]).isEmpty)
    let links = try #require(span["links"] as? [[String: Any]])
    #expect(
      links.map { $0["traceId"] as? String } == [
        "00000000000000010000000000000002", "00000000000000000000000000000004",
      ])
    #expect(links.map { $0["spanId"] as? String } == ["0000000000000003", "0000000000000005"])
    #expect(Self.attributes(links[0]) == ["why": "string batch"])
    let status = try #require(span["status"] as? [String: Any])
    #expect(status["code"] as? Int == 2 && status["message"] as? String == "no stock")
  }

  @Test func aSmallSpanHasNothingThatIsNotSet() throws {
    let resources = try Self.decoded([[Recorded().with { $0.traceIDHigh = 0 }]])
    let resource = try #require(resources.first)
    let span = try #require(try Self.spans(resource).first)
    #expect(Set(span.keys) == ["traceId", "spanId", "kind", "startTimeUnixNano", "endTimeUnixNano", "flags"])
    #expect(span["traceId"] as? String == "000000000000000048485a3953bb6124")
    #expect(span["kind"] as? Int == 1 && span["flags"] as? Int == 0x101)
  }

  @Test func spansWithoutAnEndAreErrorsAndSayWhy() throws {
    var interrupted = Recorded().with {
      $0.flags = [.interrupted]
      $0.kept = .slow
    }
    interrupted.attribute("spoor.kept", "mine")
    interrupted.origin("f file.swift:3")
    let lost = Recorded().with { $0.flags = [.neverEnded] }
    let failed = Recorded().with {
      $0.flags = [.interrupted]
      $0.status(.error, "no stock")
    }
    let resource = try #require(try Self.decoded([[interrupted, lost, failed]]).first)
    let spans = try Self.spans(resource)
    #expect(
      Self.attributes(spans[0]) == [
        "spoor.kept": "string slow", "spoor.interrupted": "bool true", "spoor.origin": "string f file.swift:3",
      ])
    let statuses = spans.map { $0["status"] as? [String: Any] }
    #expect(statuses.map { $0?["code"] as? Int } == [2, 2, 2])
    #expect(
      statuses.map { $0?["message"] as? String } == ["interrupted: the process ended", "never ended", "no stock"])
  }

  /// Each resource has a part of the body, in order; a span without ids is left out.
  @Test func resourcesAreApart() throws {
    let mine = Recorded().with { $0.name("mine") }
    let theirs = Recorded().with {
      $0.resource = Resource(service: "dead", instance: "d")
      $0.name("theirs")
    }
    let invalid = Recorded().with { $0.spanID = 0 }
    let resources = try Self.decoded([[mine, invalid, mine], [theirs]])
    #expect(
      resources.map { Self.attributes($0["resource"] as? [String: Any])["service.name"] } == [
        "string order-service", "string dead",
      ])
    #expect(try resources.map { try Self.spans($0).map { $0["name"] as? String } } == [["mine", "mine"], ["theirs"]])
  }

  /// The table of Zipkin's tests, and generated records: the same message in both forms, and the bytes of protobuf's
  /// own library.
  @Test func generatedRecordsAreWrittenAsProtobufsOwnLibraryWritesThem() throws {
    var random = SeededGenerator(of: "OTLP", environment: ProcessInfo.processInfo.environment)
    let table = ZipkinCase.all.map(\.recorded).filter { $0.spanID != 0 && $0.traceIDLow | $0.traceIDHigh != 0 }
    let generated = (0..<300).map { _ in Self.generated(&random) }
    let resources = try Self.decoded([table, generated])
    let counts = try resources.map { try Self.spans($0).count }
    #expect(counts == [table.count, generated.count])
  }

  private static func generated(_ random: inout SeededGenerator) -> Recorded {
    var recorded = Recorded().with {
      $0.traceIDHigh = .random(in: 0 ... .max, using: &random)
      $0.traceIDLow = .random(in: 1 ... .max, using: &random)
      $0.spanID = .random(in: 1 ... .max, using: &random)
      $0.parentSpanID = Bool.random(using: &random) ? .random(in: 0 ... .max, using: &random) : 0
      $0.startNanoseconds = .random(in: 1...4_000_000_000_000_000_000, using: &random)
      $0.durationNanoseconds = .random(in: 0...10_000_000_000, using: &random)
      $0.kind = [.internal, .server, .client, .producer, .consumer].randomElement(using: &random) ?? .internal
      $0.dropped = (Int.random(in: 0...2, using: &random) * 70, Int.random(in: 0...1, using: &random), 0)
    }
    func text(_ random: inout SeededGenerator) -> String {
      let length = [0, 3, 20, 130, 2000].randomElement(using: &random) ?? 1
      let characters = Array("abcé\"\\\n\u{1}€😀 ")
      return String((0..<length).map { _ in characters.randomElement(using: &random) ?? "x" })
    }
    func attributes(_ recorded: inout Recorded, _ random: inout SeededGenerator) {
      for number in 0..<Int.random(in: 0...6, using: &random) {
        switch Int.random(in: 0...4, using: &random) {
        case 0: recorded.attribute("k\(number)", text(&random))
        case 1: recorded.attribute("k\(number)", Int(bitPattern: UInt.random(in: 0 ... .max, using: &random)))
        case 2: recorded.attribute("k\(number)", Double.random(in: -1e9...1e9, using: &random))
        case 3: recorded.attribute("k\(number)", Bool.random(using: &random))
        default: recorded.attribute("k\(number)", .stringArray, .strings([text(&random), text(&random)]))
        }
      }
    }
    if Bool.random(using: &random) { recorded.name(text(&random)) }
    attributes(&recorded, &random)
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      var nested = random
      recorded.event("e", at: .random(in: 1...4_000_000_000_000_000_000, using: &random)) { attributes(&$0, &nested) }
      random = nested
    }
    if Bool.random(using: &random) { recorded.status(.error, text(&random)) }
    return recorded
  }
}
