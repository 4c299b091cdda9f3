/// What identifies a span across processes, and what was decided about its trace.
public struct TraceContext: Hashable, Sendable {
  /// The trace.
  public var traceID: TraceID
  /// The span itself; the parent of what is made below it.
  public var spanID: SpanID
  /// Whether the trace is recorded.
  public var sampling: SamplingDecision
  /// What other tracing systems sent along (W3C `tracestate`), to be passed on unread.
  public var traceState: TraceState?
  /// Whether the caller said that the right 56 bits of the trace id are random (W3C Trace Context Level 2, "Random
  /// Trace ID Flag"). Passed on as it came; never set for ids made here, for Level 1 wants that bit zero.
  public var hasRandomTraceID: Bool

  /// Zero for none: the optional would take 16 bytes.
  private var parent: UInt64

  /// The span above, where it is known: `nil` on a root, and where the format does not carry it (W3C).
  public var parentSpanID: SpanID? {
    get { SpanID(rawValue: parent) }
    set { parent = newValue?.rawValue ?? 0 }
  }

  /// A context from its parts. A parent that is the span itself is dropped, as Zipkin's server does.
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

  /// `01` where the trace is recorded and `00` where it is not or nobody has decided: the `trace_flags` of a log record.
  public var traceFlags: String { sampling.isSampled ? "01" : "00" }
}
