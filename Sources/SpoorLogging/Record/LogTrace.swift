// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorContext
internal import SpoorTracing
internal import Tracing

/// The ids of the span in which a record was written.
package struct LogTrace: Sendable, Hashable {
  package var traceIDHigh: UInt64
  package var traceIDLow: UInt64
  package var spanID: UInt64
  package var isSampled: Bool

  package init(traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, isSampled: Bool) {
    self.traceIDHigh = traceIDHigh
    self.traceIDLow = traceIDLow
    self.spanID = spanID
    self.isSampled = isSampled
  }

  /// The ids of the current context: those of its span, or of an extracted remote context.
  static var current: LogTrace? {
    var span = spoor_span_ref()
    if SpanContextTable.current(&span) {
      return LogTrace(
        traceIDHigh: span.trace_high, traceIDLow: span.trace_low, spanID: span.span_id,
        isSampled: span.flags & UInt32(SPOOR_SPAN_SAMPLED) != 0)
    }
    return ServiceContext.current?.traceContext.map {
      LogTrace(
        traceIDHigh: $0.traceID.high, traceIDLow: $0.traceID.low, spanID: $0.spanID.rawValue,
        isSampled: $0.sampling.isSampled)
    }
  }
}
