/// Whether a trace is recorded, as decided by whoever began it.
public enum SamplingDecision: UInt8, Sendable {
  /// Nobody has decided: "decide here", not "do not sample".
  case undecided
  /// The trace is not recorded; its ids are passed on all the same.
  case notSampled
  /// The trace is recorded.
  case sampled
  /// The trace is recorded, past every sampler and limit of rate; B3's `d`.
  case debug

  /// Whether the trace is recorded: `sampled` or `debug`.
  @inlinable
  public var isSampled: Bool { rawValue >= SamplingDecision.sampled.rawValue }
}
