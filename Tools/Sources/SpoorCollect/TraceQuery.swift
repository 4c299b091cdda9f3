import SpoorModel

/// What `GET /api/v2/traces` asks for (ZIPKIN.md, "Reading").
public struct TraceQuery: Sendable, Hashable {
  /// A service that recorded a span of the trace, in lower case.
  public var serviceName: String?
  /// A service on the other side of a span of that service.
  public var remoteServiceName: String?
  /// The name of a span of that service, in lower case.
  public var spanName: String?
  /// Tags (`key=value`), or annotations and keys of tags (`word`), all of which must occur.
  public var annotations: [String] = []
  /// Microseconds.
  public var minimumDuration: Int64?
  /// Microseconds.
  public var maximumDuration: Int64?
  /// Milliseconds since 1970: the end of the window.
  public var end: Int64
  /// Milliseconds before ``end``.
  public var lookback: Int64
  /// Traces at most.
  public var limit: Int

  /// - Throws: ``SpanError`` that says which parameter makes no sense.
  init(
    _ parameter: (String) -> String?, now: Int64, maximumLimit: Int
  ) throws(SpanError) {
    func text(_ name: String) -> String? { parameter(name).flatMap { $0.isEmpty || $0 == "all" ? nil : $0 } }
    func number(_ name: String) throws(SpanError) -> Int64? {
      guard let text = parameter(name), !text.isEmpty else { return nil }
      guard let value = Int64(text) else { throw SpanError("\(name) \(text): expected a whole number") }
      return value
    }
    serviceName = text("serviceName")?.lowercased()
    remoteServiceName = text("remoteServiceName")?.lowercased()
    spanName = text("spanName")?.lowercased()
    annotations = (parameter("annotationQuery") ?? "").split(separator: " and ").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
    minimumDuration = try number("minDuration")
    maximumDuration = try number("maxDuration")
    guard minimumDuration.map({ $0 > 0 }) ?? true else {
      throw SpanError("minDuration must be a positive number of microseconds")
    }
    if let maximumDuration {
      guard let minimumDuration else { throw SpanError("maxDuration is only valid with minDuration") }
      guard maximumDuration >= minimumDuration else { throw SpanError("maxDuration < minDuration") }
    }
    end = try number("endTs") ?? now
    guard end > 0 else { throw SpanError("endTs should be positive, in epoch microseconds: was \(end)") }
    lookback = try number("lookback") ?? 86_400_000
    guard lookback > 0 else { throw SpanError("lookback should be positive, in milliseconds: was \(lookback)") }
    let limit = try number("limit") ?? 10
    guard limit > 0 else { throw SpanError("limit should be positive: was \(limit)") }
    self.limit = Int(min(limit, Int64(maximumLimit)))
  }

  /// Whether a trace of this time, in microseconds, lies in the window. One without a time does not.
  func covers(_ timestamp: Int64?) -> Bool {
    guard let timestamp else { return false }
    let milliseconds = timestamp / 1000
    return milliseconds <= end && milliseconds >= end - lookback
  }

  /// Whether the spans of one trace are what is asked for.
  func matches(_ spans: [ZipkinSpan]) -> Bool {
    let candidates = spans.filter { serviceName == nil || $0.serviceName == serviceName }
    guard !candidates.isEmpty else { return false }
    if let spanName, !candidates.contains(where: { $0.name == spanName }) { return false }
    if let remoteServiceName,
      !candidates.contains(where: { $0.remoteEndpoint?.serviceName == remoteServiceName })
    {
      return false
    }
    if let minimumDuration,
      !candidates.contains(where: { span in
        guard let duration = span.duration else { return false }
        return duration >= minimumDuration && duration <= maximumDuration ?? .max
      })
    {
      return false
    }
    return annotations.allSatisfy { wanted in candidates.contains { Self.has(wanted, $0) } }
  }

  private static func has(_ wanted: String, _ span: ZipkinSpan) -> Bool {
    if let equals = wanted.firstIndex(of: "=") {
      return span.tag(String(wanted[..<equals])) == String(wanted[wanted.index(after: equals)...])
    }
    return span.tag(wanted) != nil || span.annotations.contains { $0.value == wanted }
  }
}
