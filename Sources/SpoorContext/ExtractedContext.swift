/// What a carrier said about the trace that a request belongs to. A carrier that said nothing, or nothing valid, gives
/// none of these but `nil`.
public enum ExtractedContext: Hashable, Sendable {
  /// The caller's span.
  case context(TraceContext)
  /// A decision without ids (`b3: 0`): the trace begins here and does as it is told.
  case samplingOnly(SamplingDecision)

  /// The caller's span, where it sent one.
  public var traceContext: TraceContext? {
    if case .context(let context) = self { context } else { nil }
  }

  /// What the caller decided.
  public var sampling: SamplingDecision {
    switch self {
    case .context(let context): context.sampling
    case .samplingOnly(let decision): decision
    }
  }
}
