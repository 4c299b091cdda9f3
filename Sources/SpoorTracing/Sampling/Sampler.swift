// SPDX-License-Identifier: Apache-2.0

public import SpoorContext
public import Tracing

/// A type that decides at the start of a span whether it is recorded. A custom sampler implements one method.
///
/// A sampler runs on the caller's thread for every span: it must be quick, must not block, and must not start spans.
public protocol Sampler: Sendable {
  /// Returns the decision about a span that is about to start.
  func decision(for request: SamplingRequest) -> SamplingResult
}

/// The properties of a span that is about to start.
public struct SamplingRequest: Sendable {
  /// The id of the trace: the parent's, or a new one.
  public let traceID: TraceID
  /// The name of the operation.
  public let operationName: String
  /// The kind of the span.
  public let kind: SpanKind
  /// The parent's decision; ``SamplingDecision/undecided`` if there is no parent or it made no decision.
  public let parentDecision: SamplingDecision
  /// Whether the parent is a span of this process.
  public let hasLocalParent: Bool
  /// Whether there is a parent with ids.
  public let hasParent: Bool

  /// The context in which the span starts; read only if the path is needed.
  private let context: ServiceContext?

  /// The path of a request without its query: `ServiceContext.requestPath` if a middleware set it, else the part of the
  /// operation's name from the first `/` on, if the name is `/orders/7` or `GET /orders/7` (OpenTelemetry's names).
  /// `nil` otherwise.
  ///
  /// Hummingbird names every span `HTTP GET route not found` at its start, so its services need the middleware.
  public var path: Substring? {
    if let path = context?.requestPath { return path.prefix { $0 != "?" } }
    guard let slash = operationName.firstIndex(of: "/") else { return nil }
    let before = operationName[..<slash].utf8
    guard before.isEmpty || (before.last == UInt8(ascii: " ") && before.dropLast().allSatisfy(\.isUppercaseLetter))
    else { return nil }
    return operationName[slash...].prefix { $0 != "?" }
  }

  /// Creates a request, as the tracer does.
  ///
  /// - Parameter context: the context in which the span starts, for ``path``; `nil` for a child of a span of this
  ///   process.
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

/// A sampling decision with its reason. The local root has a reason that is not empty as the tag `spoor.sampler`.
public struct SamplingResult: Sendable {
  /// Whether the span is recorded and sent.
  public let isSampled: Bool
  /// The reason in a word or two, such as `ratio=0.1`; empty if it is obvious.
  public let reason: String

  /// The decision for a trace with the debug flag (B3's `d`). Samplers are not asked.
  static let debug = SamplingResult(true, reason: "debug")

  /// Creates a decision.
  public init(_ isSampled: Bool, reason: String = "") {
    self.isSampled = isSampled
    self.reason = reason
  }
}

extension UInt8 {
  fileprivate var isUppercaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}
