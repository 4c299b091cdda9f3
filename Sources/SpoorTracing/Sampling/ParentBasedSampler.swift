// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext

/// A sampler that follows the parent's decision and asks another sampler if there is none. This is the usual sampler.
public struct ParentBasedSampler: Sampler {
  /// The sampler for roots and for parents without a decision.
  public let root: any Sampler

  /// Creates a sampler that follows the parent and otherwise asks `root`.
  public init(root: any Sampler) { self.root = root }

  /// Returns the parent's decision, otherwise the root sampler's.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    request.parentDecision == .undecided ? root.decision(for: request) : Self.following(request.parentDecision)
  }

  /// The decision for a child of a parent that has decided.
  static func following(_ parent: SamplingDecision) -> SamplingResult {
    SamplingResult(parent.isSampled, reason: "parent")
  }
}
