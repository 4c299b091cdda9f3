// SPDX-License-Identifier: Apache-2.0

/// An export request of OTLP, in protobuf whichever encoding it came in.
package enum OTLPRequest {
  /// A request for spans.
  /// - Throws: ``SpanError`` for what is not JSON, or not a request.
  package static func traces(json: [UInt8]) throws(SpanError) -> [UInt8] { try OTLPJSON.proto(json, .traces) }

  /// A request for log records.
  /// - Throws: ``SpanError`` for what is not JSON, or not a request.
  package static func logs(json: [UInt8]) throws(SpanError) -> [UInt8] { try OTLPJSON.proto(json, .logs) }

  /// The next span of a request; `nil` after the last one.
  static func nextSpan(_ reader: inout OTLPRecordReader) throws(SpanError) -> SpanListReader.Element? {
    guard let record = try reader.next() else { return nil }
    do throws(SpanError) {
      return .span(try span(record.message, try record.origin.get()))
    } catch {
      return .refused(error)
    }
  }

  /// A message `Span` with Zipkin's fields, and with itself beside them.
  static func span(_ message: ProtoReader, _ origin: OTLPOrigin, keepsContent: Bool = true) throws(SpanError)
    -> ZipkinSpan
  {
    var reader = message
    let span = try OTLPSpan(&reader)
    let content = keepsContent ? OTLPContent(body: message.bytes, range: message.rest, origin: origin) : nil
    return OTLPZipkinMapping(span: span, origin: origin).zipkin(content)
  }
}
