// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorModel

/// One operation by Zipkin's protocol, as the library's exporter writes it, and by OTLP.
@Suite struct OTLPMappingTests {
  private static let trace = "463ac35c9f6413ad48485a3953bb6124"

  private func zipkin(_ members: String) throws -> ZipkinSpan {
    try ZipkinJSONDecoder.span(Array(#"{"traceId":"\#(Self.trace)","id":"0000000000000002",\#(members)}"#.utf8))
  }

  private func otlp(_ members: String, resource: String = "") throws -> ZipkinSpan {
    let json = #"""
      {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"Order-Service"}}\#(resource)]},
        "scopeSpans":[{"spans":[{"traceId":"\#(Self.trace)","spanId":"0000000000000002",\#(members)}]}]}]}
      """#
    return try #require(try OTLPJSONTests.spans(ofRequest: Array(json.utf8)).first)
  }

  private static let service = #""localEndpoint":{"serviceName":"order-service"}"#
  private static let times = #""startTimeUnixNano":"1700000000000001234","endTimeUnixNano":"1700000000000500999""#
  private static let zipkinTimes = #""timestamp":1700000000000001,"duration":499"#

  @Test(arguments: [
    // Names and kinds.
    (#""name":"Place Order","kind":2"#, #""name":"place order","kind":"SERVER""#),
    (#""name":"work","kind":1,"parentSpanId":"0000000000000001""#, #""name":"work","parentId":"0000000000000001""#),
    // Attributes of every type as text.
    (
      #""name":"a","attributes":[{"key":"i","value":{"intValue":"5"}},{"key":"d","value":{"doubleValue":2}},{"key":"b","value":{"boolValue":true}},{"key":"l","value":{"arrayValue":{"values":[{"stringValue":"x"},{"stringValue":"y"}]}}},{"key":"n","value":{"doubleValue":"NaN"}}]"#,
      #""name":"a","tags":{"i":"5","d":"2.0","b":"true","l":"[\"x\",\"y\"]","n":"NaN"}"#
    ),
    // Status.
    (#""name":"a","status":{"code":1}"#, #""name":"a","tags":{"otel.status_code":"OK"}"#),
    (
      #""name":"a","status":{"code":2,"message":"no answer"}"#,
      #""name":"a","tags":{"error":"no answer","otel.status_code":"ERROR"}"#
    ),
    (#""name":"a","status":{"code":2}"#, #""name":"a","tags":{"error":"","otel.status_code":"ERROR"}"#),
    (
      #""name":"a","status":{"code":2},"attributes":[{"key":"error","value":{"stringValue":"own"}}]"#,
      #""name":"a","tags":{"error":"own","otel.status_code":"ERROR"}"#
    ),
    (#""name":"a","attributes":[{"key":"error","value":{"boolValue":false}}]"#, #""name":"a""#),
    (
      #""name":"a","status":{"code":2},"events":[{"name":"exception","timeUnixNano":"1700000000000002000","attributes":[{"key":"exception.type","value":{"stringValue":"Timeout"}},{"key":"exception.message","value":{"stringValue":"late"}}]}]"#,
      #""name":"a","tags":{"error":"late","otel.status_code":"ERROR"},"annotations":[{"timestamp":1700000000000002,"value":"\"exception\": {\"exception.type\": \"Timeout\", \"exception.message\": \"late\"}"}]"#
    ),
    // Spans of the library that have no end of their own.
    (
      #""name":"a","status":{"code":2,"message":"interrupted: the process ended"},"attributes":[{"key":"spoor.interrupted","value":{"boolValue":true}}]"#,
      #""name":"a","tags":{"error":"interrupted: the process ended","spoor.interrupted":"true"}"#
    ),
    (
      #""name":"a","status":{"code":2,"message":"late"},"attributes":[{"key":"spoor.interrupted","value":{"boolValue":true}},{"key":"spoor.origin","value":{"stringValue":"f"}}]"#,
      #""name":"a","tags":{"error":"interrupted: the process ended","otel.status_code":"ERROR","otel.status_description":"late","spoor.interrupted":"true","spoor.origin":"f"}"#
    ),
    (
      #""name":"a","status":{"code":2,"message":"never ended"},"attributes":[{"key":"spoor.origin","value":{"stringValue":"f"}}]"#,
      #""name":"a","tags":{"error":"never ended","spoor.origin":"f"}"#
    ),
    // Events, links, dropped counts.
    (
      #""name":"a","events":[{"name":"sent","timeUnixNano":"1700000000000002999"}]"#,
      #""name":"a","annotations":[{"timestamp":1700000000000002,"value":"sent"}]"#
    ),
    (
      #""name":"a","links":[{"traceId":"00000000000000000000000000000007","spanId":"0000000000000008","attributes":[{"key":"why","value":{"intValue":"1"}}]}]"#,
      #""name":"a","tags":{"link.0":"0000000000000007-0000000000000008","link.0.why":"1"}"#
    ),
    (
      #""name":"a","droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3"#,
      #""name":"a","tags":{"otel.dropped_attributes_count":"1","otel.dropped_events_count":"2","otel.dropped_links_count":"3"}"#
    ),
    // The other side.
    (
      #""name":"a","kind":3,"attributes":[{"key":"server.address","value":{"stringValue":"db.internal"}},{"key":"network.peer.address","value":{"stringValue":"10.0.0.1"}},{"key":"server.port","value":{"intValue":"5432"}}]"#,
      #""name":"a","kind":"CLIENT","tags":{"server.address":"db.internal","network.peer.address":"10.0.0.1","server.port":"5432"},"remoteEndpoint":{"serviceName":"db.internal","ipv4":"10.0.0.1","port":5432}"#
    ),
    (
      #""name":"a","kind":2,"attributes":[{"key":"server.address","value":{"stringValue":"me"}},{"key":"client.address","value":{"stringValue":"[2001:db8::1]:80"}}]"#,
      #""name":"a","kind":"SERVER","tags":{"server.address":"me","client.address":"[2001:db8::1]:80"},"remoteEndpoint":{"ipv6":"2001:db8::1","port":80}"#
    ),
    (
      #""name":"a","kind":4,"attributes":[{"key":"messaging.system","value":{"stringValue":"kafka"}},{"key":"messaging.destination.name","value":{"stringValue":"orders"}}]"#,
      #""name":"a","kind":"PRODUCER","tags":{"messaging.system":"kafka","messaging.destination.name":"orders"},"remoteEndpoint":{"serviceName":"orders"}"#
    ),
  ])
  func oneOperationIsTheSameSpanByBothProtocols(otlp: String, zipkin: String) throws {
    let expected = try self.zipkin("\(Self.service),\(Self.zipkinTimes),\(zipkin)")
    let found = try self.otlp("\(Self.times),\(otlp)")
    #expect(ZipkinJSONEncoder.bytes([found]) == ZipkinJSONEncoder.bytes([expected]))
    #expect(found.otlp != nil)
  }

  @Test(arguments: [
    (#""parentSpanId":"""#, true), (#""parentSpanId":"0000000000000001","flags":257"#, false),
    (#""parentSpanId":"0000000000000001","flags":769"#, true), (#""parentSpanId":"0000000000000001","kind":2"#, true),
    (#""parentSpanId":"0000000000000001","kind":2,"flags":257"#, false),
    (#""parentSpanId":"0000000000000001","kind":3"#, false),
  ])
  func theResourceBecomesTagsOfLocalRoots(members: String, isLocalRoot: Bool) throws {
    let resource = #",{"key":"host.name","value":{"stringValue":"h"}},{"key":"own","value":{"intValue":"1"}}"#
    let span = try otlp(
      "\(members),\"attributes\":[{\"key\":\"own\",\"value\":{\"intValue\":\"2\"}}]", resource: resource)
    #expect(
      span.tag("host.name") == (isLocalRoot ? "h" : nil) && span.tag("own") == "2" && span.tag("service.name") == nil)
    #expect(span.otlp?.origin.resource.count == 3)
  }

  @Test func aResourceOfAnySizeAddsABoundedNumberOfTags() throws {
    let many = (0..<1000).map {
      #",{"key":"k\#($0)","value":{"stringValue":"\#(String(repeating: "v", count: 100))"}}"#
    }
    let span = try otlp(#""name":"a""#, resource: many.joined())
    #expect(span.tags.count <= 128 && span.otlp?.origin.resource.count == 1001)
  }
}
