// SPDX-License-Identifier: Apache-2.0

/// The identity of a span across processes and the sampling decision for its trace.
public struct TraceContext: Hashable, Sendable {
  /// The id of the trace.
  public var traceID: TraceID
  /// The id of the span, which becomes the parent of its child spans.
  public var spanID: SpanID
  /// The sampling decision for the trace.
  public var sampling: SamplingDecision
  /// The data of other tracing systems (W3C `tracestate`), which is passed on unchanged.
  public var traceState: TraceState?
  /// Whether the caller marked the right 56 bits of the trace id as random (W3C Trace Context Level 2, "Random Trace ID
  /// Flag"). It is passed on unchanged and never set for ids made here, because Level 1 requires that bit to be zero.
  public var hasRandomTraceID: Bool

  /// Zero if there is no parent, because the optional would take 16 bytes.
  private var parent: UInt64

  /// The id of the parent span; `nil` for a root, and if the format does not carry it (W3C).
  public var parentSpanID: SpanID? {
    get { SpanID(rawValue: parent) }
    set { parent = newValue?.rawValue ?? 0 }
  }

  /// Creates a context from its parts. A parent that equals the span itself is dropped, as in Zipkin's server.
  public init(
    traceID: TraceID,
    spanID: SpanID,
    parentSpanID: SpanID? = nil,
    sampling: SamplingDecision = .undecided,
    traceState: TraceState? = nil,
    hasRandomTraceID: Bool = false
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.sampling = sampling
    self.traceState = traceState
    self.hasRandomTraceID = hasRandomTraceID
    self.parent = parentSpanID == spanID ? 0 : parentSpanID?.rawValue ?? 0
  }

  /// The `trace_flags` of a log record: `01` if the trace is recorded, `00` if it is not or no decision has been made.
  public var traceFlags: String { sampling.isSampled ? "01" : "00" }
}
