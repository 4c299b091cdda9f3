// SPDX-License-Identifier: Apache-2.0

/// A sampler that records every span.
public struct AlwaysSampler: Sampler {
  /// Creates a sampler that records every span.
  public init() {}
  /// Returns the decision to record.
  public func decision(for request: SamplingRequest) -> SamplingResult { SamplingResult(true) }
}

/// A sampler that records no span. Ids are still passed on.
public struct NeverSampler: Sampler {
  /// Creates a sampler that records no span.
  public init() {}
  /// Returns the decision not to record.
  public func decision(for request: SamplingRequest) -> SamplingResult { SamplingResult(false) }
}
