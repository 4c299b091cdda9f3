// SPDX-License-Identifier: Apache-2.0

/// The sampling decision of the service that began the trace.
public enum SamplingDecision: UInt8, Sendable {
  /// No decision has been made. The receiver decides; this does not mean "do not sample".
  case undecided
  /// The trace is not recorded. Its ids are still passed on.
  case notSampled
  /// The trace is recorded.
  case sampled
  /// The trace is recorded regardless of samplers and rate limits: B3's `d`.
  case debug

  /// Whether the trace is recorded: `sampled` or `debug`.
  @inlinable
  public var isSampled: Bool { rawValue >= SamplingDecision.sampled.rawValue }
}
