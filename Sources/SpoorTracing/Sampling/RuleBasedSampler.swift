// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal
public import Tracing

/// A rule that names the sampler for certain operations.
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

  /// Creates a rule for operations whose initial name matches the pattern; `*` matches any characters.
  ///
  /// - Parameter kind: the kind of the spans; `nil` for all kinds.
  public init(operation pattern: String, kind: SpanKind? = nil, _ sampler: any Sampler) {
    self.init(.operation, pattern, kind, sampler)
  }

  /// Creates a rule for requests whose path (``SamplingRequest/path``) matches the pattern: `/health*`,
  /// `/orders/*/items`.
  public init(path pattern: String, kind: SpanKind? = nil, _ sampler: any Sampler) {
    self.init(.path, pattern, kind, sampler)
  }

  /// Reads `operation:PATTERN=RATE` or `path:PATTERN=RATE`. The rate is a ratio from 0 to 1, or `N/s` for N traces a
  /// second. White space around the parts is ignored.
  ///
  /// - Throws: ``SamplerError/invalidRule(_:)``.
  public init(_ text: String) throws(SamplerError) {
    guard let equals = text.lastIndex(of: "="), let colon = text.firstIndex(of: ":"), colon < equals else {
      throw .invalidRule(text)
    }
    let pattern = Self.trimmed(text[text.index(after: colon)..<equals])
    guard let subject = Subject(rawValue: Self.trimmed(text[..<colon]).lowercased()), !pattern.isEmpty,
      let sampler = Self.sampler(Self.trimmed(text[text.index(after: equals)...]))
    else { throw .invalidRule(text) }
    self.init(subject, pattern, nil, sampler)
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
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

/// A sampler that asks the sampler of the first matching rule, and another one if no rule matches.
///
/// ```swift
/// ParentBasedSampler(root: RuleBasedSampler([
///   SamplingRule(path: "/health*", NeverSampler()),
///   SamplingRule(operation: "checkout", AlwaysSampler()),
///   SamplingRule(path: "/search*", try RateLimitingSampler(tracesPerSecond: 10)),
/// ], otherwise: try TraceIDRatioSampler(ratio: 0.1)))
/// ```
/// A rule is matched against the initial name of a span, not a later one. Only local roots are decided about; a child
/// span follows its parent.
public struct RuleBasedSampler: Sampler {
  let rules: [SamplingRule]
  let otherwise: any Sampler

  /// Creates a sampler from rules, in order, and the sampler to ask if none matches.
  public init(_ rules: [SamplingRule], otherwise: any Sampler) {
    self.rules = rules
    self.otherwise = otherwise
  }

  /// Returns the decision of the first matching rule.
  public func decision(for request: SamplingRequest) -> SamplingResult {
    if request.hasLocalParent { return SamplingResult(request.parentDecision.isSampled) }
    guard let rule = rules.first(where: { $0.applies(to: request) }) else { return otherwise.decision(for: request) }
    let result = rule.sampler.decision(for: request)
    return SamplingResult(
      result.isSampled, reason: result.reason.isEmpty ? rule.reason : "\(rule.reason) \(result.reason)")
  }
}
