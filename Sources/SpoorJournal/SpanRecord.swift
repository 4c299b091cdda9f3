/// A span as the journal holds it, to be read: what an encoder is given.
///
/// Valid only inside the call that hands it out: its fields lie in the journal's memory or in a scratch buffer.
@safe
package struct SpanRecord {
  /// High 64 bits of the trace id; 0 for a 64-bit one.
  package let traceIDHigh: UInt64
  /// Low 64 bits of the trace id, never 0.
  package let traceIDLow: UInt64
  /// Never 0.
  package let spanID: UInt64
  /// 0 for a root.
  package let parentSpanID: UInt64
  /// Nanoseconds since 1970.
  package let startNanoseconds: UInt64
  /// Nanoseconds; 0 while the span is open or where the end is not known.
  package let durationNanoseconds: UInt64
  package let kind: SpanRecordKind
  package let flags: SpanRecordFlags
  package let kept: KeptReason
  /// What found no room or went over a limit, at most 65 535 each.
  package let droppedAttributes: Int
  package let droppedEvents: Int
  package let droppedLinks: Int
  /// The bytes of the fields, one after the other.
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

  /// The fields in the order in which they lie. An attribute may occur twice where the process died between writing the
  /// new value and killing the old one: the later ``RecordField/sequence`` counts.
  package var fields: RecordFields { unsafe RecordFields(bytes) }

  /// The operation's name, nil where it has none.
  package var name: String? {
    fields.first { $0.kind == .name }.map { unsafe String(decoding: $0.value, as: UTF8.self) }
  }
}
