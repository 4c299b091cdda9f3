internal import SpoorContext

/// Follows the parent's decision and asks another sampler where there is none: the usual one.
public struct ParentBasedSampler: Sampler {
  /// Asked for roots, and for parents that left the decision to us.
  public let root: any Sampler

  /// Follows the parent, else asks `root`.
  public init(root: any Sampler) { self.root = root }

  /// The parent's decision, or the root sampler's.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    request.parentDecision == .undecided ? root.decision(for: request) : Self.following(request.parentDecision)
  }

  /// The decision below a parent that has decided.
  static func following(_ parent: SamplingDecision) -> SamplingResult {
    SamplingResult(parent.isSampled, reason: "parent")
  }
}
