// SPDX-License-Identifier: Apache-2.0

/// Reads a list of spans one by one, so that a list of any length can be read in parts. A copy of a reader continues at
/// the same position.
package struct SpanListReader: Sendable {
  /// An element of the list.
  package enum Element: Sendable {
    case span(ZipkinSpan)
    /// The error of an element that is not a valid span.
    case refused(SpanError)
  }

  private enum Source: Sendable {
    case json(JSONReader, first: Bool)
    case proto(ProtoReader)
    case otlp(OTLPRecordReader)
    case empty
  }

  private var source: Source
  private var index = 0

  /// - Throws: ``SpanError`` with the message of Zipkin's server if the bytes are not a list.
  package init(_ bytes: [UInt8], isProto: Bool) throws(SpanError) {
    if isProto {
      if bytes.first == UInt8(ascii: "[") { throw SpanError("Expected a PROTO3 encoded list, but received: JSON_V2") }
      source = .proto(ProtoReader(bytes))
      return
    }
    var reader = JSONReader(bytes)
    if reader.isAtEnd() {
      source = .empty
      return
    }
    guard reader.peek() == UInt8(ascii: "[") else {
      throw SpanError(ZipkinJSONDecoder.expected(butWas: bytes.first == 0x0a ? "PROTO3" : nil))
    }
    source = .json(reader, first: true)
  }

  /// Reads an `ExportTraceServiceRequest` in protobuf.
  package init(otlp bytes: [UInt8]) { source = .otlp(OTLPRecordReader(bytes)) }

  /// The next element; `nil` after the last one.
  /// - Throws: ``SpanError`` if the rest cannot be read.
  package mutating func next() throws(SpanError) -> Element? {
    switch source {
    case .empty: return nil
    case .json(var reader, var first):
      // The source is emptied, so that there is no second copy while the reader works.
      source = .empty
      let element: Element?
      do throws(SpanError) {
        element = try nextElement(&reader, &first)
      } catch {
        if error == .version1 { throw SpanError(ZipkinJSONDecoder.expected(butWas: "JSON_V1")) }
        throw SpanError("Malformed reading List<Span> from json")
      }
      source = .json(reader, first: first)
      return element
    case .proto(var reader):
      let element = try nextElement(&reader)
      source = .proto(reader)
      return element
    case .otlp(var reader):
      let element = try OTLPRequest.nextSpan(&reader)
      source = .otlp(reader)
      return element
    }
  }

  private mutating func nextElement(_ reader: inout JSONReader, _ first: inout Bool) throws(SpanError) -> Element? {
    guard try reader.nextElement(first: &first) else {
      guard reader.isAtEnd() else { throw reader.malformed() }
      return nil
    }
    guard reader.peek() == UInt8(ascii: "{") else { throw reader.malformed() }
    let mark = reader.position
    defer { index += 1 }
    do throws(SpanError) {
      return .span(try ZipkinJSONDecoder.span(&reader))
    } catch {
      if error == .version1 { throw error }
      // The element is skipped; if that fails too, the bytes are not JSON.
      reader.rewind(to: mark)
      try reader.skip()
      return .refused(named(error, "json", ZipkinJSONDecoder.names(of: reader.bytes, at: mark)))
    }
  }

  private mutating func nextElement(_ reader: inout ProtoReader) throws(SpanError) -> Element? {
    while let (number, type) = try reader.nextField() {
      guard number == 1, type == .lengthDelimited else {
        try reader.skip(type)
        continue
      }
      var message = try reader.nested()
      defer { index += 1 }
      do throws(SpanError) {
        return .span(try ZipkinProtoDecoder.span(&message))
      } catch {
        return .refused(named(error, "proto3", ""))
      }
    }
    return nil
  }

  private func named(_ error: SpanError, _ format: StaticString, _ names: String) -> SpanError {
    let identifiers = names.isEmpty ? "" : " (\(names))"
    return SpanError("\(error.description) at $[\(index)] reading List<Span> from \(format)\(identifiers)")
  }

  /// Reads to the end, and returns the errors of the first hundred invalid elements.
  mutating func readAll(_ take: (ZipkinSpan) -> Void) throws(SpanError) -> [SpanError] {
    var refused: [SpanError] = []
    while let element = try next() {
      switch element {
      case .span(let span): take(span)
      case .refused(let error): if refused.count < 100 { refused.append(error) }
      }
    }
    return refused
  }
}
