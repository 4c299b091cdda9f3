// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorExport
import SpoorTestSupport
import Testing

/// All records of the table in one body, as in a batch.
func framedTable(_ encoder: some SpanEncoder) throws -> URL {
  var buffer = EncodeBuffer()
  var body = GrowingBytes()
  let spans = ZipkinCase.all.compactMap { example in
    example.recorded.withRecord { encoder.encodeSpan($0, resource: example.recorded.resource, into: &buffer) }
      .map { EncodedRecord(token: 0, bytes: $0) }
  }
  encoder.frame(spans[...], of: encoder.prepare(Recorded().resource), buffer.records, into: &body)
  return try Peer.temporaryFile(Data(body.array()))
}

@Suite("Decoders of other projects")
struct ZipkinPeerTests {
  /// Compares span by span, so that a failure names its case.
  func compare(_ printed: String, _ expected: (ZipkinCase) -> DecodedSpan) throws {
    let decoded = try JSONDecoder().decode([DecodedSpan].self, from: Data(printed.utf8))
    try #require(decoded.count == ZipkinCase.all.count)
    for (span, example) in zip(decoded, ZipkinCase.all) {
      #expect(span == expected(example), "\(example.testDescription)")
    }
  }

  /// zipkin-go keeps times as signed nanoseconds and cannot represent times after the year 2262.
  func asGo(_ span: DecodedSpan) -> DecodedSpan {
    var span = span
    if span.timestamp == UInt64.max / 1000 { (span.timestamp, span.duration) = (nil, nil) }
    return span
  }

  @Test("zipkin-go reads the JSON field by field as recorded")
  func goJSON() throws {
    let file = try framedTable(ZipkinJSONEncoder())
    let printed = try Peer.run(Peer.zipkinGo.get(), ["json", file.path])
    try compare(printed) { asGo($0.expected) }
  }

  @Test("zipkin-go reads the proto3 field by field as recorded")
  func goProto() throws {
    let file = try framedTable(ZipkinProtoEncoder())
    let printed = try Peer.run(Peer.zipkinGo.get(), ["proto", file.path])
    try compare(printed) { example in
      // Its function for proto3 takes `debug` as a parameter and does not read it from the span.
      var span = asGo(example.expected)
      span.debug = nil
      return span
    }
  }

  @Test("py-zipkin's messages read the proto3 field by field as recorded")
  func pythonProto() throws {
    let file = try framedTable(ZipkinProtoEncoder())
    try compare(try Peer.runPython("decode_proto.py", [file.path])) { $0.expected.withLongTraceID }
  }

  /// OpenZipkin's file, with its licence at its head.
  @Test("The JSON matches OpenZipkin's API description")
  func apiSchema() throws {
    let schema = Peer.root.appending(path: "Tests/Peers/zipkin2-api.yaml").path
    #expect(try Peer.runPython("validate_spans.py", [try framedTable(ZipkinJSONEncoder()).path, schema]) == "")
  }

  @Test("The JSON matches Spoor's schema, with no key twice")
  func ownSchema() throws {
    let schema = Peer.root.appending(path: "schemas/zipkin-span.schema.json").path
    #expect(try Peer.runPython("validate_spans.py", [try framedTable(ZipkinJSONEncoder()).path, schema]) == "")
  }

  @Test(
    "Spoor's schema refuses what a receiver refuses",
    arguments: [
      #"{"id":"a2fb4a1d1a96d312"}"#, #"{"traceId":"463ac35c9f6413ad"}"#,
      #"{"traceId":"0000000000000000","id":"a2fb4a1d1a96d312"}"#,
      #"{"traceId":"463AC35C9F6413AD","id":"a2fb4a1d1a96d312"}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"0000000000000000"}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","parentId":"0000000000000000"}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","kind":"INTERNAL"}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","duration":0}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","tags":{"n":1}}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","tags":{"n":"1","n":"2"}}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","localEndpoint":{"ipv4":"1.2.3"}}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","annotations":[{"value":"x"}]}"#,
      #"{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312","kind":"CLIENT","shared":true}"#,
    ])
  func schemaRefuses(_ span: String) throws {
    let schema = Peer.root.appending(path: "schemas/zipkin-span.schema.json").path
    let file = try Peer.temporaryFile(Data("[\(span)]".utf8)).path
    #expect(throws: Peer.Failure.self) { try Peer.runPython("validate_spans.py", [file, schema]) }
  }
}
