internal import SpoorContext
internal import SpoorJournal
public import Tracing

/// Which sampler decides about which operations.
public struct SamplingRule: Sendable {
  private enum Subject: String { case operation, path }

  private let subject: Subject
  private let pattern: NamePattern
  private let kind: SpanKind?
  let sampler: any Sampler
  let reason: String

  private init(_ subject: Subject, _ pattern: String, _ kind: SpanKind?, _ sampler: any Sampler) {
    self.subject = subject
    self.pattern = NamePattern(pattern)
    self.kind = kind
    self.sampler = sampler
    reason = "rule=\(subject.rawValue):\(pattern)"
  }

  /// For operations whose name at the start is as the pattern says; `*` stands for any characters.
  ///
  /// - Parameter kind: only spans of that kind, where it is given.
  public init(operation pattern: String, kind: SpanKind? = nil, _ sampler: any Sampler) {
    self.init(.operation, pattern, kind, sampler)
  }

  /// For requests whose path, as ``SamplingRequest/path`` has it, is as the pattern says: `/health*`, `/orders/*/items`.
  public init(path pattern: String, kind: SpanKind? = nil, _ sampler: any Sampler) {
    self.init(.path, pattern, kind, sampler)
  }

  /// Reads `operation:PATTERN=RATE` or `path:PATTERN=RATE`; the rate is a share from 0 to 1, or `N/s` for so many traces a
  /// second.
  ///
  /// - Throws: ``SamplerError/invalidRule(_:)``.
  public init(_ text: String) throws(SamplerError) {
    guard let equals = text.lastIndex(of: "="), let colon = text.firstIndex(of: ":"), colon < equals,
      let subject = Subject(rawValue: String(text[..<colon])), text.index(after: colon) < equals,
      let sampler = Self.sampler(String(text[text.index(after: equals)...]))
    else { throw .invalidRule(text) }
    self.init(subject, String(text[text.index(after: colon)..<equals]), nil, sampler)
  }

  private static func sampler(_ rate: String) -> (any Sampler)? {
    if rate.hasSuffix("/s") {
      return Double(rate.dropLast(2)).flatMap { try? RateLimitingSampler(tracesPerSecond: $0) }
    }
    guard let ratio = Double(rate) else { return nil }
    return try? TraceIDRatioSampler(ratio: ratio)
  }

  func applies(to request: SamplingRequest) -> Bool {
    if let kind, kind != request.kind { return false }
    switch subject {
    case .operation: return pattern.matches(request.operationName)
    case .path: return request.path.map { pattern.matches($0) } ?? false
    }
  }
}

/// Asks the sampler of the first rule that applies, and another one where none does.
///
/// ```swift
/// ParentBasedSampler(root: RuleBasedSampler([
///   SamplingRule(path: "/health*", NeverSampler()),
///   SamplingRule(operation: "checkout", AlwaysSampler()),
///   SamplingRule(path: "/search*", try RateLimitingSampler(tracesPerSecond: 10)),
/// ], otherwise: try TraceIDRatioSampler(ratio: 0.1)))
/// ```
/// A rule sees the name that a span starts with, not what it is renamed to. Only local roots are decided about; a span
/// below another one follows it.
public struct RuleBasedSampler: Sampler {
  private let rules: [SamplingRule]
  private let otherwise: any Sampler

  /// Rules in their order, and who decides where none applies.
  public init(_ rules: [SamplingRule], otherwise: any Sampler) {
    self.rules = rules
    self.otherwise = otherwise
  }

  /// The decision of the first rule that applies.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    if request.hasLocalParent { return SamplingResult(request.parentDecision.isSampled) }
    guard let rule = rules.first(where: { $0.applies(to: request) }) else { return otherwise.decision(for: request) }
    let result = rule.sampler.decision(for: request)
    return SamplingResult(
      result.isSampled, reason: result.reason.isEmpty ? rule.reason : "\(rule.reason) \(result.reason)")
  }
}
