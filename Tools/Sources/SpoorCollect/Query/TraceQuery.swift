// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// Reads the parameters of `GET /api/v2/traces`, with Zipkin's meaning and errors.
enum TraceQuery {
  /// - Throws: ``SpanError`` that names the parameter and what it must be.
  static func filter(
    _ parameter: (String) -> String?, now: Int64, maximumLimit: Int
  ) throws(SpanError) -> TraceFilter {
    func text(_ name: String) -> String? { parameter(name).flatMap { $0.isEmpty || $0 == "all" ? nil : $0 } }
    func number(_ name: String) throws(SpanError) -> Int64? {
      guard let text = parameter(name), !text.isEmpty else { return nil }
      guard let value = Int64(text) else { throw SpanError("\(name) must be a whole number, but is \"\(text)\"") }
      return value
    }
    var filter = TraceFilter()
    filter.service = text("serviceName")?.zipkinName
    filter.remote = text("remoteServiceName")?.zipkinName
    filter.name = text("spanName")?.zipkinName
    filter.annotations = (parameter("annotationQuery") ?? "").split(separator: " and ").compactMap { part in
      let part = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard !part.isEmpty else { return nil }
      guard let equals = part.firstIndex(of: "=") else { return AnnotationTerm(key: part, value: nil) }
      return AnnotationTerm(key: String(part[..<equals]), value: String(part[part.index(after: equals)...]))
    }
    guard filter.annotations.count <= TraceFilter.maximumConditions else {
      throw SpanError("annotationQuery must have at most \(TraceFilter.maximumConditions) conditions")
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

  /// The microseconds of a window in milliseconds, the last millisecond whole. Numbers beyond the range are clamped.
  static func window(end: Int64, lookback: Int64) -> ClosedRange<Int64> {
    let last = max(0, end).multipliedClamped(by: 1000).addingClamped(999)
    let first = max(0, end.subtractingClamped(lookback)).multipliedClamped(by: 1000)
    return min(first, last)...last
  }
}
