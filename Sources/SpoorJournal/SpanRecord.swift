// SPDX-License-Identifier: Apache-2.0

/// A read-only view of a span in the journal, for encoders.
///
/// It is valid only during the call that passes it, because its fields are in the journal's memory or a scratch buffer.
@safe
package struct SpanRecord {
  /// High 64 bits of the trace id; 0 for a 64-bit one.
  package let traceIDHigh: UInt64
  /// Low 64 bits of the trace id, never 0.
  package let traceIDLow: UInt64
  /// The span id, never 0.
  package let spanID: UInt64
  /// The id of the parent; 0 for a root.
  package let parentSpanID: UInt64
  /// The start in nanoseconds since 1970.
  package let startNanoseconds: UInt64
  /// The duration in nanoseconds; 0 while the span is open or if its end is not known.
  package let durationNanoseconds: UInt64
  package let kind: SpanRecordKind
  package let flags: SpanRecordFlags
  package let kept: KeptReason
  /// The numbers of attributes, events and links that were dropped, at most 65 535 each.
  package let droppedAttributes: Int
  package let droppedEvents: Int
  package let droppedLinks: Int
  /// The bytes of the fields in sequence.
  let bytes: UnsafeRawBufferPointer

  package init(
    traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, parentSpanID: UInt64, startNanoseconds: UInt64,
    durationNanoseconds: UInt64, kind: SpanRecordKind, flags: SpanRecordFlags, kept: KeptReason = .headDecision,
    droppedAttributes: Int = 0, droppedEvents: Int = 0, droppedLinks: Int = 0, fields: UnsafeRawBufferPointer
  ) {
    self.traceIDHigh = traceIDHigh
    self.traceIDLow = traceIDLow
    self.spanID = spanID
    self.parentSpanID = parentSpanID
    self.startNanoseconds = startNanoseconds
    self.durationNanoseconds = durationNanoseconds
    self.kind = kind
    self.flags = flags
    self.kept = kept
    self.droppedAttributes = droppedAttributes
    self.droppedEvents = droppedEvents
    self.droppedLinks = droppedLinks
    unsafe self.bytes = fields
  }

  /// The fields in stored order. An attribute may occur twice if the process died between writing a new value and
  /// deleting the old one; the one with the later ``RecordField/sequence`` counts.
  package var fields: RecordFields { unsafe RecordFields(bytes) }

  /// The name of the operation; `nil` if it has none.
  package var name: String? {
    fields.first { $0.kind == .name }.map { unsafe String(decoding: $0.value, as: UTF8.self) }
  }
}
