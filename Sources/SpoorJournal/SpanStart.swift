/// What is known of a span at its start, but for its texts.
package struct SpanStart {
  /// High 64 bits of the trace id, 0 for a 64-bit one.
  package var traceIDHigh: UInt64
  package var traceIDLow: UInt64
  package var spanID: UInt64
  /// 0 for a root.
  package var parentSpanID: UInt64
  /// Nanoseconds since 1970.
  package var startNanoseconds: UInt64
  /// Nanoseconds of the monotonic clock.
  package var startMonotonic: UInt64
  package var kind: SpanRecordKind
  package var flags: SpanRecordFlags
  /// The parent's slot, where the parent is open in this process.
  package var parent: SlotReference
  /// The address of the current task, 0 outside one.
  package var task: UInt64

  @inlinable
  @inline(__always)
  package init(
    traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, parentSpanID: UInt64 = 0, startNanoseconds: UInt64,
    startMonotonic: UInt64, kind: SpanRecordKind = .internal, flags: SpanRecordFlags = SpanRecordFlags(),
    parent: SlotReference = .none, task: UInt64 = 0
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
    self.task = task
  }
}
