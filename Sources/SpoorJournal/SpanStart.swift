// SPDX-License-Identifier: Apache-2.0

/// The properties of a span at its start, except its texts.
package struct SpanStart {
  /// High 64 bits of the trace id, 0 for a 64-bit one.
  package var traceIDHigh: UInt64
  package var traceIDLow: UInt64
  package var spanID: UInt64
  /// The id of the parent; 0 for a root.
  package var parentSpanID: UInt64
  /// The start in nanoseconds since 1970.
  package var startNanoseconds: UInt64
  /// The start on the monotonic clock, in nanoseconds.
  package var startMonotonic: UInt64
  package var kind: SpanRecordKind
  package var flags: SpanRecordFlags
  /// The slot of the parent, if it is open in this process.
  package var parent: SlotReference
  /// Whether the head decision was "no", so that the keep rules decide about the span at its local root's end.
  package var awaitsVerdict: Bool

  @inlinable
  @inline(__always)
  package init(
    traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, parentSpanID: UInt64 = 0, startNanoseconds: UInt64,
    startMonotonic: UInt64, kind: SpanRecordKind = .internal, flags: SpanRecordFlags = SpanRecordFlags(),
    parent: SlotReference = .none, awaitsVerdict: Bool = false
  ) {
    self.traceIDHigh = traceIDHigh
    self.traceIDLow = traceIDLow
    self.spanID = spanID
    self.parentSpanID = parentSpanID
    self.startNanoseconds = startNanoseconds
    self.startMonotonic = startMonotonic
    self.kind = kind
    self.flags = flags
    self.parent = parent
    self.awaitsVerdict = awaitsVerdict
  }
}
