// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import ToolsTestSupport

@testable import SpoorModel

/// OTLP's bodies from anyone: whatever is in them, reading them ends, in bounds, and what is accepted survives the
/// store's encoding.
@Suite struct HostileOTLPTests {
  private static let json = #"""
    {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"order"}},
      {"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{"kvlistValue":{"values":[{"key":"a","value":{"doubleValue":1.5}}]}}]}}}]},
      "scopeSpans":[{"scope":{"name":"s","version":"1","attributes":[{"key":"x","value":{"boolValue":true}}]},"spans":[
        {"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"48485a3953bb6124","parentSpanId":"0000000000000001","name":"one","kind":3,
         "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000100000","flags":257,"traceState":"a=b",
         "attributes":[{"key":"server.address","value":{"stringValue":"db:5432"}},{"key":"bytes","value":{"bytesValue":"AQID"}}],
         "events":[{"timeUnixNano":"1700000000000050000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"T"}}]}],
         "links":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002"}],"status":{"code":2}},
        {"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"0000000000000001","name":"two"}]}]}]}
    """#
  private static let logs = #"""
    {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"order"}}]},"scopeLogs":[{"scope":{"name":"l"},
      "logRecords":[{"timeUnixNano":"1700000000000000000","severityNumber":17,"severityText":"ERROR","body":{"kvlistValue":{"values":[]}},
        "attributes":[{"key":"n","value":{"intValue":"5"}}],"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"48485a3953bb6124","eventName":"e"}]}]}]}
    """#

  /// Bodies for each seed. A longer run: `SPOOR_FUZZ_TURNS=100000 swift test --filter HostileOTLPTests`.
  private static let turns = ProcessInfo.processInfo.environment["SPOOR_FUZZ_TURNS"].flatMap { Int($0) } ?? 250

  private static func mutated(_ body: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var body = body
    for _ in 0..<Int.random(in: 1...4, using: &random) where !body.isEmpty {
      let place = Int.random(in: body.indices, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: body[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: body[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: body.removeSubrange(place...)
      case 3: body.remove(at: place)
      case 4:
        body.insert(
          contentsOf: [0xff, 0xff, 0xff, 0xff, 0x7f].prefix(Int.random(in: 1...5, using: &random)), at: place)
      case 5:
        let end = min(body.count, place + Int.random(in: 1...40, using: &random))
        body.insert(contentsOf: body[place..<end], at: Int.random(in: body.indices, using: &random))
      default: body.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
      }
    }
    return body
  }

  /// Reads a request to its end, and checks what it accepts.
  private static func check(_ body: [UInt8], _ context: String) {
    var spans: [ZipkinSpan] = []
    var list = SpanListReader(otlp: body)
    _ = try? list.readAll { spans.append($0) }
    for span in spans {
      guard let content = span.otlp else { continue }
      var stored: [UInt8] = []
      StoredSpans.append(content.origin, to: &stored)
      StoredSpans.append(span, to: &stored)
      let (back, lost) = StoredSpans.readable(stored, keepsContent: true)
      #expect(back == [span] && lost == 0, "\(context)")
      #expect(span.memoryCost < 64 * body.count + 4096)
      let json = ZipkinJSONEncoder.bytes([span], withContent: true)
      #expect(JSONObjectText(Array(json.dropFirst().dropLast())) != nil, "\(context)")
      #expect((try? TraceFile(json))?.spans.count == 1, "\(context)")
    }
    _ = StoredSpans.readable(body, keepsContent: true)
    var records = OTLPLogReader(body)
    do { while try records.next() != nil {} } catch {}
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func mutatedProtobufIsReadInBounds(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for body in [
      try OTLPRequest.traces(json: Array(Self.json.utf8)), try OTLPRequest.logs(json: Array(Self.logs.utf8)),
    ] {
      for turn in 0..<Self.turns { Self.check(Self.mutated(body, &random), "seed \(seed), turn \(turn)") }
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func mutatedJSONIsReadInBounds(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for turn in 0..<Self.turns {
      let traces = Self.mutated(Array(Self.json.utf8), &random)
      if let body = try? OTLPRequest.traces(json: traces) {
        #expect(body.count <= traces.count)
        Self.check(body, "seed \(seed), turn \(turn)")
      }
      let logs = Self.mutated(Array(Self.logs.utf8), &random)
      if let body = try? OTLPRequest.logs(json: logs) { Self.check(body, "seed \(seed), turn \(turn)") }
    }
  }

  @Test func mutationsLeaveSomethingToAccept() throws {
    var random = SeededGenerator(seed: 1)
    let body = try OTLPRequest.traces(json: Array(Self.json.utf8))
    var accepted = 0
    for _ in 0..<500 {
      var list = SpanListReader(otlp: Self.mutated(body, &random))
      _ = try? list.readAll { _ in accepted += 1 }
    }
    #expect(accepted > 50)
  }

  /// A value of arrays in arrays.
  private static func nested(_ depth: Int) -> [UInt8] {
    var value: [UInt8] = []
    for _ in 0..<depth {
      // An array value (5) with one element (1).
      var array: [UInt8] = []
      ProtoWriter.append(value, field: 1, to: &array)
      value = []
      ProtoWriter.append(array, field: 5, to: &value)
    }
    return value
  }

  @Test(arguments: [(63, 0), (64, 1), (5000, 1)])
  func aValueThatIsNestedTooDeepCostsItsSpanOnly(depth: Int, refused: Int) throws {
    var attribute: [UInt8] = []
    ProtoWriter.append(Self.nested(depth), field: 2, to: &attribute)
    var spans: [UInt8] = []
    for isDeep in [true, false] {
      ProtoWriter.appendMessage(field: 2, to: &spans) { span in
        ProtoWriter.append([UInt8](repeating: 1, count: 16), field: 1, to: &span)
        ProtoWriter.append([UInt8](repeating: isDeep ? 1 : 2, count: 8), field: 2, to: &span)
        if isDeep { ProtoWriter.append(attribute, field: 9, to: &span) }
      }
    }
    var scopes: [UInt8] = []
    ProtoWriter.append(spans, field: 2, to: &scopes)
    var body: [UInt8] = []
    ProtoWriter.append(scopes, field: 1, to: &body)
    var list = SpanListReader(otlp: body)
    var taken = 0
    let errors = try list.readAll { _ in taken += 1 }
    #expect(errors.count == refused && taken == 2 - refused)
    if let error = errors.first { #expect(error.description.contains("span 0101010101010101"), "\(error)") }
  }

  /// A list of as many scopes as fit below one large resource.
  @Test(arguments: [(1 << 19, 0), (2 << 20, 10_000)])
  func aLargeResourceIsReadOnceWhateverTheNumberOfScopes(size: Int, refused: Int) throws {
    var resource: [UInt8] = []
    let value = String(repeating: "v", count: 1000)
    for number in 0..<size / 1000 {
      ProtoWriter.appendMessage(field: 1, to: &resource) { attribute in
        ProtoWriter.appendText("k\(number)", field: 1, to: &attribute)
        ProtoWriter.appendMessage(field: 2, to: &attribute) { ProtoWriter.appendText(value, field: 1, to: &$0) }
      }
    }
    var span: [UInt8] = []
    ProtoWriter.append([UInt8](repeating: 1, count: 16), field: 1, to: &span)
    ProtoWriter.append([UInt8](repeating: 1, count: 8), field: 2, to: &span)
    ProtoWriter.append([UInt8](repeating: 2, count: 8), field: 4, to: &span)
    var scope: [UInt8] = []
    ProtoWriter.append(span, field: 2, to: &scope)
    var list: [UInt8] = []
    ProtoWriter.append(resource, field: 1, to: &list)
    for _ in 0..<10_000 { ProtoWriter.append(scope, field: 2, to: &list) }
    var body: [UInt8] = []
    ProtoWriter.append(list, field: 1, to: &body)
    let clock = ContinuousClock()
    var reader = SpanListReader(otlp: body)
    var (taken, bad) = (0, 0)
    // Read for each scope, the resource alone would take minutes.
    let time = try clock.measure {
      while let element = try reader.next() {
        if case .span = element { taken += 1 } else { bad += 1 }
      }
    }
    #expect(taken == 10_000 - refused && bad == refused && time < .seconds(30))
  }

  @Test(arguments: [50, 1000, 200_000])
  func nestingInJSONIsBounded(depth: Int) {
    let value = String(repeating: #"{"arrayValue":{"values":["#, count: depth) + String(repeating: "]}}", count: depth)
    let json = #"{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":\#(value)}]}}]}"#
    #expect((try? OTLPRequest.traces(json: Array(json.utf8))) == nil || depth == 50)
  }
}
