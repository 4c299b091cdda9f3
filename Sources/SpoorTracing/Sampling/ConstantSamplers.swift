/// Records everything.
public struct AlwaysSampler: Sampler {
  /// Records everything.
  public init() {}
  /// Yes.
  public func decision(for request: SamplingRequest) -> SamplingResult { SamplingResult(true) }
}

/// Records nothing; ids are still handed on.
public struct NeverSampler: Sampler {
  /// Records nothing.
  public init() {}
  /// No.
  public func decision(for request: SamplingRequest) -> SamplingResult { SamplingResult(false) }
}
