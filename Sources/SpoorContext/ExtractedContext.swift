// SPDX-License-Identifier: Apache-2.0

/// The trace information that was read from a carrier. A carrier without valid information gives `nil` instead.
public enum ExtractedContext: Hashable, Sendable {
  /// The caller's span.
  case context(TraceContext)
  /// A sampling decision without ids (`b3: 0`): a new trace begins here and follows the decision.
  case samplingOnly(SamplingDecision)

  /// The caller's span; `nil` if the carrier held only a decision.
  public var traceContext: TraceContext? {
    if case .context(let context) = self { context } else { nil }
  }

  /// The caller's sampling decision.
  public var sampling: SamplingDecision {
    switch self {
    case .context(let context): context.sampling
    case .samplingOnly(let decision): decision
    }
  }
}
