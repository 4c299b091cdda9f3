internal import SpoorContext

/// Records a share of the traces, by their ids: every service with the same ratio takes the same traces.
///
/// The low 64 bits of the id, read as a big-endian number, are compared with `<` to `ratio · 2^64`: the rule of
/// OpenTelemetry's Python and Go SDKs (the latter drops the lowest bit on both sides). With `<=` a ratio of 0 would let
/// traces through (openzipkin/zipkin-go#226).
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

  /// Whether the trace's id lies below the bound.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    SamplingResult(ratio == 1 || request.traceID.low < bound, reason: reason)
  }
}
