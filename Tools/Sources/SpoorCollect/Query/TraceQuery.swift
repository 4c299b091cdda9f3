import SpoorModel

/// Reads what `GET /api/v2/traces` asks for (ZIPKIN.md, "Reading").
enum TraceQuery {
  /// - Throws: ``SpanError`` that says which parameter makes no sense.
  static func filter(
    _ parameter: (String) -> String?, now: Int64, maximumLimit: Int
  ) throws(SpanError) -> TraceFilter {
    func text(_ name: String) -> String? { parameter(name).flatMap { $0.isEmpty || $0 == "all" ? nil : $0 } }
    func number(_ name: String) throws(SpanError) -> Int64? {
      guard let text = parameter(name), !text.isEmpty else { return nil }
      guard let value = Int64(text) else { throw SpanError("\(name) \(text): expected a whole number") }
      return value
    }
    var filter = TraceFilter()
    filter.service = text("serviceName")?.lowercased()
    filter.remote = text("remoteServiceName")?.lowercased()
    filter.name = text("spanName")?.lowercased()
    filter.conditions = (parameter("annotationQuery") ?? "").split(separator: " and ").compactMap { part in
      let part = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard !part.isEmpty else { return nil }
      guard let equals = part.firstIndex(of: "=") else { return Condition(key: part, comparison: nil, value: "") }
      return Condition(
        key: String(part[..<equals]), comparison: .equals, value: String(part[part.index(after: equals)...]))
    }
    let minimum = try number("minDuration")
    let maximum = try number("maxDuration")
    guard minimum.map({ $0 > 0 }) ?? true else {
      throw SpanError("minDuration must be a positive number of microseconds")
    }
    if let maximum {
      guard let minimum else { throw SpanError("maxDuration is only valid with minDuration") }
      guard maximum >= minimum else { throw SpanError("maxDuration < minDuration") }
    }
    filter.spanDuration = minimum.map { $0...(maximum ?? .max) }
    let end = try number("endTs") ?? now
    guard end > 0 else { throw SpanError("endTs should be positive, in epoch milliseconds: was \(end)") }
    let lookback = try number("lookback") ?? 86_400_000
    guard lookback > 0 else { throw SpanError("lookback should be positive, in milliseconds: was \(lookback)") }
    filter.window = window(end: end, lookback: lookback)
    let limit = try number("limit") ?? 10
    guard limit > 0 else { throw SpanError("limit should be positive: was \(limit)") }
    filter.limit = Int(min(limit, Int64(maximumLimit)))
    return filter
  }

  /// The microseconds of a window in milliseconds, the last millisecond whole.
  static func window(end: Int64, lookback: Int64) -> ClosedRange<Int64> {
    // Beyond it a product would overflow; it lies 292 000 years ahead.
    let most = Int64.max / 1000 - 1
    let last = min(end, most) * 1000 + 999
    let (begin, overflow) = end.subtractingReportingOverflow(lookback)
    return min(overflow ? 0 : max(0, min(begin, most)) * 1000, last)...last
  }
}
