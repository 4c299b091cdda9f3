/// Whether a trace is recorded, as it is handed from service to service.
public enum SamplingDecision: UInt8, Sendable, Hashable {
  /// Nobody has decided: whoever receives it decides.
  case undecided
  /// Not recorded.
  case notSampled
  /// Recorded.
  case sampled
  /// Recorded because somebody asked for this trace: B3's debug flag.
  case debug

  /// Whether the trace is recorded.
  public var isSampled: Bool { self == .sampled || self == .debug }
}

/// The ids of one span, as they are handed on.
public struct TraceContext: Hashable, Sendable {
  /// The trace.
  public var traceID: TraceID
  /// The span that is the parent of what comes next.
  public var spanID: SpanID
  /// The span's own parent, where it is known.
  public var parentSpanID: SpanID?
  /// What was decided about recording.
  public var sampling: SamplingDecision
  /// W3C's list of what other tracing systems want to hand on.
  public var traceState: TraceState?

  /// A context of these parts.
  public init(
    traceID: TraceID, spanID: SpanID, parentSpanID: SpanID? = nil, sampling: SamplingDecision = .undecided,
    traceState: TraceState? = nil
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.parentSpanID = parentSpanID
    self.sampling = sampling
    self.traceState = traceState
  }

  /// W3C's trace flags: `01` for a recorded trace, else `00`.
  public var traceFlags: String { sampling.isSampled ? "01" : "00" }
}

/// What a carrier brought.
public enum ExtractedContext: Hashable, Sendable {
  /// Ids, with or without a decision.
  case context(TraceContext)
  /// A decision without ids: `b3: 0`, or `X-B3-Sampled` alone.
  case samplingOnly(SamplingDecision)
}
