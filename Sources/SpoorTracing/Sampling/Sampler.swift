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

  /// Where the span begins; asked only if somebody wants the path.
  private let context: ServiceContext?

  /// The path of a request without its query: what a middleware set as `ServiceContext.requestPath`, else what the
  /// operation's name tells, which is what begins with the first `/`, where the name is `/orders/7` or `GET /orders/7`
  /// (OpenTelemetry's names). `nil` for all others.
  ///
  /// Hummingbird names a span at its start `HTTP GET route not found`, whatever the path: its services need the
  /// middleware.
  public var path: Substring? {
    if let path = context?.requestPath { return path.prefix { $0 != "?" } }
    guard let slash = operationName.firstIndex(of: "/") else { return nil }
    let before = operationName[..<slash].utf8
    guard before.isEmpty || (before.last == UInt8(ascii: " ") && before.dropLast().allSatisfy(\.isUppercaseLetter))
    else { return nil }
    return operationName[slash...].prefix { $0 != "?" }
  }

  /// A request as the tracer makes it.
  ///
  /// - Parameter context: where the span begins, for ``path``; `nil` below another span of this process.
  public init(
    traceID: TraceID, operationName: String, kind: SpanKind, parentDecision: SamplingDecision = .undecided,
    hasLocalParent: Bool = false, hasParent: Bool = false, context: ServiceContext? = nil
  ) {
    self.traceID = traceID
    self.operationName = operationName
    self.kind = kind
    self.parentDecision = parentDecision
    self.hasLocalParent = hasLocalParent
    self.hasParent = hasParent
    self.context = context
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

extension UInt8 {
  fileprivate var isUppercaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}
