import Foundation
import SpoorBytes
import SpoorExport
import Testing

/// All of the table's records in one body, as a batch sends them.
func framedTable(_ encoder: some SpanEncoder) throws -> URL {
  var buffer = EncodeBuffer()
  var body = GrowingBytes()
  let spans = ZipkinCase.all.compactMap { example in
    example.recorded.withRecord { encoder.encodeSpan($0, resource: example.recorded.resource, into: &buffer) }
      .map { EncodedSpan(token: 0, bytes: $0) }
  }
  encoder.framing.frame(spans[...], of: buffer.spans, into: &body)
  return try Peer.temporaryFile(Data(body.array()))
}

@Suite("Decoders that nobody here wrote")
struct ZipkinPeerTests {
  /// Compares span by span, so that a failure names its case.
  func compare(_ printed: String, _ expected: (ZipkinCase) -> DecodedSpan) throws {
    let decoded = try JSONDecoder().decode([DecodedSpan].self, from: Data(printed.utf8))
    try #require(decoded.count == ZipkinCase.all.count)
    for (span, example) in zip(decoded, ZipkinCase.all) {
      #expect(span == expected(example), "\(example.testDescription)")
    }
  }

  /// zipkin-go keeps times as signed nanoseconds: what lies beyond the year 2262 is lost on it.
  func asGo(_ span: DecodedSpan) -> DecodedSpan {
    var span = span
    if span.timestamp == UInt64.max / 1000 { (span.timestamp, span.duration) = (nil, nil) }
    return span
  }

  @Test("zipkin-go reads our JSON field by field as recorded")
  func goJSON() throws {
    let file = try framedTable(ZipkinJSONEncoder())
    let printed = try Peer.run(Peer.zipkinGo.get(), ["json", file.path])
    try compare(printed) { asGo($0.expected) }
  }

  @Test("zipkin-go reads our proto3 field by field as recorded")
  func goProto() throws {
    let file = try framedTable(ZipkinProtoEncoder())
    let printed = try Peer.run(Peer.zipkinGo.get(), ["proto", file.path])
    try compare(printed) { example in
      // Its function for proto3 takes `debug` as a parameter and not from the span.
      var span = asGo(example.expected)
      span.debug = nil
      return span
    }
  }

  @Test("py-zipkin's messages read our proto3 field by field as recorded")
  func pythonProto() throws {
    let file = try framedTable(ZipkinProtoEncoder())
    try compare(try Peer.runPython("decode_proto.py", [file.path])) { $0.expected.withLongTraceID }
  }

  /// OpenZipkin's API description lies with the project's notes, beside the checkout, and not in it.
  static let apiDescription = ["..", "../..", "../../.."].lazy
    .map { Peer.root.appending(path: "\($0)/shared/zipkin-payloads/zipkin2-api.yaml").path }
    .first { FileManager.default.fileExists(atPath: $0) }

  @Test(
    "Our JSON is what OpenZipkin's API description says",
    .enabled(if: apiDescription != nil, "needs shared/zipkin-payloads/zipkin2-api.yaml beside the checkout"))
  func apiSchema() throws {
    let schema = try #require(Self.apiDescription)
    #expect(try Peer.runPython("validate_spans.py", [try framedTable(ZipkinJSONEncoder()).path, schema]) == "")
  }

  @Test("Our JSON is what our schema says, no key twice")
  func ownSchema() throws {
    let schema = Peer.root.appending(path: "schemas/zipkin-span.schema.json").path
    #expect(try Peer.runPython("validate_spans.py", [try framedTable(ZipkinJSONEncoder()).path, schema]) == "")
  }

  @Test(
    "Our schema refuses what a receiver refuses",
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
