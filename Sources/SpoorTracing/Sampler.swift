public import SpoorContext
public import Tracing

/// Decides at its start whether a span is recorded. One's own sampler is this one method.
///
/// It runs on the caller's thread for every span: it must be quick, must not block, and must not start spans.
public protocol Sampler: Sendable {
  /// The decision about a span that is about to start.
  func decision(for request: SamplingRequest) -> SamplingResult
}

/// What is known of a span before it starts.
public struct SamplingRequest: Sendable {
  /// The trace's id: the parent's, or a new one.
  public let traceID: TraceID
  /// The operation's name.
  public let operationName: String
  /// The span's kind.
  public let kind: SpanKind
  /// What the parent decided; ``SamplingDecision/undecided`` where there is none or it left it to us.
  public let parentDecision: SamplingDecision
  /// Whether the parent is a span of this process.
  public let hasLocalParent: Bool
  /// Whether there is a parent with ids.
  public let hasParent: Bool

  /// A request as the tracer makes it.
  public init(
    traceID: TraceID, operationName: String, kind: SpanKind, parentDecision: SamplingDecision = .undecided,
    hasLocalParent: Bool = false, hasParent: Bool = false
  ) {
    self.traceID = traceID
    self.operationName = operationName
    self.kind = kind
    self.parentDecision = parentDecision
    self.hasLocalParent = hasLocalParent
    self.hasParent = hasParent
  }
}

/// A decision with its reason, which the local root shows as tag `spoor.sampler` where it is not empty.
public struct SamplingResult: Sendable {
  /// Whether the span is recorded and sent.
  public let isSampled: Bool
  /// Why, in a word or two: `ratio=0.1`. Empty where it goes without saying.
  public let reason: String

  /// What is done for a trace that its caller marked for debugging (B3's `d`): no sampler is asked.
  static let debug = SamplingResult(true, reason: "debug")

  /// A decision.
  public init(_ isSampled: Bool, reason: String = "") {
    self.isSampled = isSampled
    self.reason = reason
  }
}

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

/// Follows the parent's decision and asks another sampler where there is none: the usual one.
public struct ParentBasedSampler: Sampler {
  /// Asked for roots, and for parents that left the decision to us.
  public let root: any Sampler

  /// Follows the parent, else asks `root`.
  public init(root: any Sampler) { self.root = root }

  /// The parent's decision, or the root sampler's.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    switch request.parentDecision {
    case .sampled, .debug: SamplingResult(true, reason: "parent")
    case .notSampled: SamplingResult(false, reason: "parent")
    case .undecided: root.decision(for: request)
    }
  }
}

/// A sampler that makes no sense.
public enum SamplerError: Error, Equatable, CustomStringConvertible {
  /// Not a share.
  case ratioOutOfRange(Double)

  /// What was expected and what came.
  public var description: String {
    switch self {
    case .ratioOutOfRange(let ratio): "sampling ratio \(ratio): expected a number from 0 to 1"
    }
  }
}
