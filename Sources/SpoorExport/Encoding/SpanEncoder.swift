package import SpoorBytes
package import SpoorJournal

/// Turns records into what a collector takes: the seam at which formats are added.
///
/// A batch is the bodies of single spans, joined. A span's bytes depend on its record and resource alone, so that a
/// span that is sent again looks the same, and a batch may be split wherever one span ends.
package protocol SpanEncoder: Sendable {
  /// The request's `Content-Type`.
  var contentType: String { get }
  /// What stands before, between and behind the spans of a body.
  var framing: BatchFraming { get }
  /// What every span of this resource says of it, made once.
  func prepare(_ resource: Resource) -> PreparedResource
  /// Appends one span to `buffer.spans`, of a resource that this encoder has prepared. Says false, and appends nothing,
  /// where the record cannot be a span: its trace id or span id is zero.
  func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool
}

/// What stands before, between and behind the spans of a body.
package struct BatchFraming: Sendable {
  package let open: StaticString
  package let separator: StaticString
  package let close: StaticString
}

/// What an encoder works with: the encoded spans, and room for what it has to put together first.
package struct EncodeBuffer: ~Copyable, Sendable {
  /// The encoded spans, one directly behind the other, not yet framed.
  package var spans: GrowingBytes
  /// Empty between two spans.
  var scratch: GrowingBytes

  /// - Parameter capacity: Bytes to begin with; it grows as needed.
  package init(capacity: Int = 64 * 1024) {
    spans = GrowingBytes(capacity: capacity)
    scratch = GrowingBytes(capacity: 1024)
  }

  /// Forgets the spans and keeps the memory.
  package mutating func removeAll() { spans.removeAll() }
}

extension SpanEncoder {
  /// Encodes one span and says where in `buffer.spans` it lies; nil where the record cannot be a span.
  package func encodeSpan(
    _ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer
  ) -> Range<Int>? {
    let start = buffer.spans.count
    guard encode(record, resource: resource, into: &buffer) else { return nil }
    return start..<buffer.spans.count
  }

  /// The same for a span or two.
  package func encodeSpan(_ record: SpanRecord, resource: Resource, into buffer: inout EncodeBuffer) -> Range<Int>? {
    encodeSpan(record, resource: prepare(resource), into: &buffer)
  }
}

extension BatchFraming {
  /// Replaces `body` by a whole request body of these spans, which lie in `encoded`.
  package func frame(
    _ spans: ArraySlice<EncodedSpan>, of encoded: borrowing GrowingBytes, into body: inout GrowingBytes
  ) {
    body.removeAll()
    body.append(open)
    var isFirst = true
    for span in spans {
      if !isFirst { body.append(separator) }
      isFirst = false
      body.append(span.bytes, of: encoded)
    }
    body.append(close)
  }
}
