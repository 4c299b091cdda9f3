// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorModel

/// OTLP's JSON as different senders write it.
@Suite struct OTLPJSONTests {
  private static let ids = #""traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"48485a3953bb6124""#

  private func spans(_ members: String) throws -> [ZipkinSpan] {
    let json = #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(Self.ids),\#(members)}]}]}]}"#
    return try Self.spans(ofRequest: Array(json.utf8))
  }

  static func spans(ofRequest json: [UInt8]) throws -> [ZipkinSpan] {
    var reader = SpanListReader(otlp: try OTLPRequest.traces(json: json))
    var spans: [ZipkinSpan] = []
    let refused = try reader.readAll { spans.append($0) }
    #expect(refused.isEmpty, "\(refused)")
    return spans
  }

  @Test(
    arguments: [
      (#"{"intValue":5}"#, .int(5)), (#"{"intValue":"5"}"#, .int(5)),
      (#"{"intValue":"-9223372036854775808"}"#, .int(.min)),
      (#"{"int_value":"5"}"#, .int(5)), (#"{"intValue":5.0}"#, .int(5)), (#"{"boolValue":false}"#, .bool(false)),
      (#"{"stringValue":""}"#, .string("")), (#"{"doubleValue":2}"#, .double(2)),
      (#"{"doubleValue":"Infinity"}"#, .double(.infinity)), (#"{"doubleValue":"-1.5e3"}"#, .double(-1500)),
      (#"{"bytesValue":"AQI="}"#, .bytes([1, 2])), (#"{"bytesValue":"-_8"}"#, .bytes([0xfb, 0xff])),
      (#"{"stringValue":null}"#, .empty), ("null", .empty), (#"{"futureValue":{"a":[1]}}"#, .empty),
      (#"{"arrayValue":{"values":[{"intValue":1},null,{"arrayValue":{}}]}}"#, .array([.int(1), .empty, .array([])])),
      (
        #"{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}"#,
        .map([OTLPAttribute(key: "a", value: .bool(true))])
      ),
    ] as [(String, OTLPValue)])
  func aValueHasItsType(json: String, expected: OTLPValue) throws {
    let span = try #require(try spans(#""attributes":[{"key":"k","value":\#(json)}]"#).first)
    #expect(span.otlp?.span?.attributes == [OTLPAttribute(key: "k", value: expected)])
  }

  @Test(arguments: [
    #""kind":2"#, #""kind":"SPAN_KIND_SERVER""#, #""kind":"2""#, #""kind":2,"unknown":{"deep":[{}]}"#,
    #""parentSpanId":"","parent_span_id":null,"kind":2"#,
  ])
  func enumerationsAndUnknownFieldsAreReadAsEverySenderWritesThem(members: String) throws {
    let span = try #require(try spans(members).first)
    #expect(span.kind == .server && span.parentID == nil)
  }

  @Test(
    arguments: [
      (#""start_time_unix_nano":"1700000000000001000","end_time_unix_nano":"1700000000000003000""#, 2),
      (#""startTimeUnixNano":1700000000000001000,"endTimeUnixNano":1700000000000003999"#, 2),
      (#""startTimeUnixNano":"1700000000000001000","endTimeUnixNano":"1700000000000001001""#, 1),
      (#""startTimeUnixNano":"1700000000000001000","endTimeUnixNano":"1""#, nil),
      (#""startTimeUnixNano":"1700000000000001000","endTimeUnixNano":"18446744073709551615""#, 16_746_744_073_709_550),
    ] as [(String, Int64?)])
  func timesAreMicrosecondsRoundedDownAndAtLeastOne(members: String, duration: Int64?) throws {
    let span = try #require(try spans(members).first)
    #expect(span.timestamp == 1_700_000_000_000_001 && span.duration == duration)
  }

  @Test func upperCaseIdentifiersAreReadAndWrittenInLowerCase() throws {
    let json =
      #"{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"463AC35C9F6413AD48485A3953BB6124","span_id":"48485A3953BB6124"}]}]}]}"#
    let span = try #require(try Self.spans(ofRequest: Array(json.utf8)).first)
    #expect(span.traceID.description == "463ac35c9f6413ad48485a3953bb6124" && span.id.description == "48485a3953bb6124")
  }

  @Test(arguments: [
    ("[]", "Expected a JSON object"), ("{", "Malformed"),
    (#"{"resourceSpans":[{"scopeSpans":7}]}"#, "Malformed at scopeSpans"),
    (#"{"resourceSpans":[{"scopeSpans":[{"spans":["x"]}]}]}"#, "Expected a JSON object at spans"),
    (#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}"#, "at startTimeUnixNano"),
    (
      #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"value":{"bytesValue":"?"}}]}]}]}]}"#,
      "base64 at bytesValue"
    ),
  ])
  func aBodyThatIsNoRequestIsRefusedWithItsField(json: String, error: String) {
    let thrown = #expect(throws: SpanError.self) { _ = try OTLPRequest.traces(json: Array(json.utf8)) }
    #expect(thrown?.description.contains(error) == true, "\(String(describing: thrown))")
  }

  @Test func aSpansContentIsWrittenAndReadBackEqual() throws {
    let json = #"""
      {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"Order"}}]},
        "scopeSpans":[{"scope":{"name":"s","version":"2"},"spans":[{\#(Self.ids),"name":"a","traceState":"x=y","flags":769,
          "attributes":[{"key":"n","value":{"doubleValue":2}},{"key":"b","value":{"bytesValue":"AA=="}}],
          "events":[{"timeUnixNano":"1700000000000000000","name":"e","attributes":[{"key":"i","value":{"intValue":"1"}}]}],
          "links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}],
          "status":{"code":2,"message":"m"},"droppedLinksCount":4}]}]}]}
      """#
    let spans = try Self.spans(ofRequest: Array(json.utf8))
    let written = ZipkinJSONEncoder.bytes(spans, withContent: true)
    let back = try TraceFile(written).spans
    #expect(back.map(\.otlp?.span) == spans.map(\.otlp?.span) && back.map(\.otlp?.origin) == spans.map(\.otlp?.origin))
    #expect(ZipkinJSONEncoder.bytes(back, withContent: true) == written)
    // A sender's list has no such member.
    let sent = try ZipkinJSONDecoder.spans(written)
    #expect(sent.first?.otlp == nil && sent.first?.tags == spans.first?.tags)
  }
}
