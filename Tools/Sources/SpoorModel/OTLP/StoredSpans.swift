// SPDX-License-Identifier: Apache-2.0

/// Spans as a store keeps them: Zipkin's proto3 list (`ListOfSpans`), in which spans that came by OTLP stand as they
/// were received, each behind the origin that it has in common with those before it.
///
/// Fields of the list: 1 a Zipkin `Span`; 2 an origin, with OTLP's `Resource` (1) and `InstrumentationScope` (2), of
/// all OTLP spans up to the next origin; 3 an OTLP `Span`; 4 the number of an origin that the store keeps elsewhere, in
/// place of 2.
package enum StoredSpans {
  /// Appends a span as an element of the list. One with ``ZipkinSpan/otlp`` needs its origin before it.
  package static func append(_ span: ZipkinSpan, to bytes: inout [UInt8]) {
    if let content = span.otlp {
      ProtoWriter.append(content.bytes, field: 3, to: &bytes)
    } else {
      ZipkinProtoEncoder.append(span, to: &bytes)
    }
  }

  /// Appends an origin as an element of the list.
  package static func append(_ origin: OTLPOrigin, to bytes: inout [UInt8]) {
    ProtoWriter.append(message(origin), field: 2, to: &bytes)
  }

  /// Appends the number of an origin as an element of the list.
  package static func append(origin number: UInt64, to bytes: inout [UInt8]) {
    bytes.append(4 << 3)
    ProtoWriter.appendVarint(number, to: &bytes)
  }

  /// The content of an origin's element, for a store that keeps it elsewhere.
  package static func message(_ origin: OTLPOrigin) -> [UInt8] {
    var bytes: [UInt8] = []
    ProtoWriter.append(origin.resourceBytes, field: 1, to: &bytes)
    ProtoWriter.append(origin.scopeBytes, field: 2, to: &bytes)
    return bytes
  }

  /// Reads what ``message(_:)`` returned.
  package static func origin(_ message: [UInt8]) throws(SpanError) -> OTLPOrigin {
    var reader = ProtoReader(message)
    return try origin(&reader)
  }

  /// The spans of a list that can be read, and how many elements cannot: a damaged element costs only itself, a damaged
  /// length the rest of the list.
  ///
  /// - Parameters:
  ///   - keepsContent: whether spans that came by OTLP have ``ZipkinSpan/otlp``.
  ///   - find: the origin of a number; `nil` if it is not there. Its spans are then read without one, and the element
  ///     counts as lost.
  package static func readable(
    _ bytes: [UInt8], keepsContent: Bool, origin find: (UInt64) -> OTLPOrigin? = { _ in nil }
  ) -> (spans: [ZipkinSpan], lost: Int) {
    var spans: [ZipkinSpan] = []
    var lost = 0
    var reader = ProtoReader(bytes)
    var origin: OTLPOrigin?
    do throws(SpanError) {
      while let (number, type) = try reader.nextField() {
        if number == 4, type == .varint {
          origin = find(try reader.varint())
          if origin == nil { lost += 1 }
          continue
        }
        guard (1...3).contains(number), type == .lengthDelimited else {
          try reader.skip(type)
          continue
        }
        var message = try reader.nested()
        do throws(SpanError) {
          switch number {
          case 1: spans.append(try ZipkinProtoDecoder.span(&message))
          case 2: origin = try self.origin(&message)
          default:
            if origin == nil { origin = try OTLPOrigin(resource: [], scope: []) }
            guard let origin else { continue }
            spans.append(try OTLPRequest.span(message, origin, keepsContent: keepsContent))
          }
        } catch {
          lost += 1
        }
      }
    } catch {
      lost += 1
    }
    return (spans, lost)
  }

  private static func origin(_ reader: inout ProtoReader) throws(SpanError) -> OTLPOrigin {
    var (resource, scope): (ArraySlice<UInt8>, ArraySlice<UInt8>) = ([], [])
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): resource = try reader.slice()
      case (2, .lengthDelimited): scope = try reader.slice()
      default: try reader.skip(type)
      }
    }
    return try OTLPOrigin(resource: resource, scope: scope)
  }
}
