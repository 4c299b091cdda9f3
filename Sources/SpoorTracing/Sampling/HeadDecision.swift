// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import Tracing

/// A sampler prepared for a tracer: one whose decision is constant is not called.
///
/// Calling the default sampler, which follows the parent and records everything else, would cost each span 60 ns.
struct HeadDecision: Sendable {
  private let sampler: any Sampler
  private let followsParent: Bool
  /// The decision for spans without a parent to follow, if it is constant.
  private let constant: SamplingResult?

  init(_ sampler: any Sampler) {
    let parentBased = sampler as? ParentBasedSampler
    self.sampler = sampler
    followsParent = parentBased != nil
    constant =
      switch parentBased?.root ?? sampler {
      case is AlwaysSampler: SamplingResult(true)
      case is NeverSampler: SamplingResult(false)
      default: nil
      }
  }

  /// The sampler's decision.
  @inline(__always)
  func result(parent: SamplingDecision, request: () -> SamplingRequest) -> SamplingResult {
    if followsParent, parent != .undecided { return ParentBasedSampler.following(parent) }
    return constant ?? sampler.decision(for: request())
  }
}
