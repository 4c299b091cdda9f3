// SPDX-License-Identifier: Apache-2.0

package import SpoorBase
package import SpoorJournal

/// An encoder turns records into the request body of a collector's format. A new format is a new encoder.
///
/// A batch is the concatenation of encoded spans. The bytes of a span depend only on its record and resource, so a span
/// that is sent again is byte-identical, and a batch may be split after any span.
package protocol SpanEncoder: BodyFormat {
  /// Whether the format can express a span that is still open.
  var reportsOpenSpans: Bool { get }
  /// Encodes the parts of a resource that all its spans share.
  func prepare(_ resource: Resource) -> PreparedResource
  /// Appends one span to `buffer.records`, with a resource that this encoder has prepared. Returns `false` and appends
  /// nothing if the record is not a valid span: its trace id or span id is zero.
  func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool
}

/// The buffers of an encoder: the encoded records, and scratch memory.
package struct EncodeBuffer: ~Copyable, Sendable {
  /// The encoded records in sequence, without what surrounds them in a body.
  package var records: GrowingBytes
  /// Scratch memory, which is empty between records.
  var scratch: GrowingBytes

  /// - Parameter capacity: the initial size in bytes; the buffer grows as needed.
  package init(capacity: Int = 64 * 1024) {
    records = GrowingBytes(capacity: capacity)
    scratch = GrowingBytes(capacity: 1024)
  }

  /// Removes the records and keeps the memory.
  package mutating func removeAll() { records.removeAll() }
}

extension SpanEncoder {
  /// Encodes one span and returns its range in `buffer.records`; `nil` if the record is not a valid span.
  package func encodeSpan(
    _ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer
  ) -> Range<Int>? {
    let start = buffer.records.count
    guard encode(record, resource: resource, into: &buffer) else { return nil }
    return start..<buffer.records.count
  }

  /// Encodes one or two spans.
  package func encodeSpan(_ record: SpanRecord, resource: Resource, into buffer: inout EncodeBuffer) -> Range<Int>? {
    encodeSpan(record, resource: prepare(resource), into: &buffer)
  }
}
