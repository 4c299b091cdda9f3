// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext

/// A sampler that records a share of the traces by their ids, so that all services with the same ratio record the same
/// ones.
///
/// The low 64 bits of the id, read as a big-endian number, must be less than `ratio · 2^64`: the rule of
/// OpenTelemetry's Python and Go SDKs (the Go SDK drops the lowest bit on both sides). With `<=`, a ratio of 0 would
/// record traces (openzipkin/zipkin-go#226).
public struct TraceIDRatioSampler: Sampler {
  /// The share, from 0 to 1.
  public let ratio: Double
  private let bound: UInt64
  private let reason: String

  /// - Throws: ``SamplerError/ratioOutOfRange(_:)`` unless the ratio lies between 0 and 1.
  public init(ratio: Double) throws(SamplerError) {
    guard ratio >= 0, ratio <= 1 else { throw .ratioOutOfRange(ratio) }
    self.ratio = ratio
    let scaled = (ratio * 0x1p64).rounded()
    bound = scaled >= 0x1p64 ? .max : UInt64(scaled)
    reason = "ratio=\(ratio)"
  }

  /// Returns whether the trace id is below the bound.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    SamplingResult(ratio == 1 || request.traceID.low < bound, reason: reason)
  }
}
