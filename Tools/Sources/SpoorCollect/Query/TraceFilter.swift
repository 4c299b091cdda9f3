import SpoorModel

/// Which traces a search wants, whichever language it was asked in.
struct TraceFilter: Sendable, Hashable {
  /// A service that recorded a span of the trace, in lower case.
  var service: String?
  /// A service on the other side of a span (of ``service``, if given), in lower case.
  var remote: String?
  /// The name of a span (of ``service``, if given), in lower case.
  var name: String?
  /// Microseconds that one span (of ``service``, if given) took.
  var spanDuration: ClosedRange<Int64>?
  /// Microseconds from the trace's first start to its last end.
  var traceDuration: ClosedRange<Int64>?
  /// Whether a span must have failed.
  var errorsOnly = false
  /// What must hold, each for some span or log record.
  var conditions: [Condition] = []
  /// Microseconds since 1970 in which the trace began.
  var window: ClosedRange<Int64> = 0...Int64.max
  /// Traces at most.
  var limit = 10

  /// Whether the spans themselves must be looked at: the rest is known from the tables.
  var needsSpans: Bool { remote != nil || spanDuration != nil || !conditions.isEmpty }

  /// The words that must occur in a trace's signature.
  var signature: Signature {
    var signature = Signature()
    for condition in conditions { condition.insert(into: &signature) }
    return signature
  }

  /// Whether a trace is what is asked for, by what is in it.
  func matches(_ spans: [ZipkinSpan], logs: [[String: String]]) -> Bool {
    let candidates = spans.filter { service == nil || $0.serviceName == service }
    if service != nil, candidates.isEmpty { return false }
    if let name, !candidates.contains(where: { $0.name == name }) { return false }
    if let remote, !candidates.contains(where: { $0.remoteEndpoint?.serviceName == remote }) { return false }
    if let spanDuration, !candidates.contains(where: { $0.duration.map(spanDuration.contains) ?? false }) {
      return false
    }
    return conditions.allSatisfy { condition in
      candidates.contains(where: condition.holds) || logs.contains(where: condition.holds)
    }
  }
}

/// What must hold for a tag, a field of a log record, or an annotation.
struct Condition: Sendable, Hashable {
  enum Comparison: String, Sendable, Hashable, CaseIterable {
    // The longer ones first, for a reader takes the first that fits.
    case differs = "!="
    case atLeast = ">="
    case atMost = "<="
    case equals = "="
    case contains = "~"
    case greater = ">"
    case less = "<"
  }

  let key: String
  /// `nil` for a bare word: a key of a tag or field, or an annotation.
  let comparison: Comparison?
  let value: String

  func insert(into signature: inout Signature) {
    switch comparison {
    case .equals: signature.insert(key: key, value: value)
    case .differs: break
    default: signature.insert(word: key)
    }
  }

  func holds(_ span: ZipkinSpan) -> Bool {
    if comparison == nil { return span.tag(key) != nil || span.annotations.contains { $0.value == key } }
    return span.tag(key).map(compares) ?? false
  }

  func holds(_ fields: [String: String]) -> Bool {
    comparison == nil ? fields[key] != nil || fields["event"] == key : fields[key].map(compares) ?? false
  }

  private func compares(_ text: String) -> Bool {
    switch comparison {
    case nil: return true
    case .equals: return text == value
    case .differs: return text != value
    case .contains: return text.lowercased().contains(value.lowercased())
    case .greater, .less, .atLeast, .atMost:
      guard let one = Double(text), let other = Double(value) else { return false }
      switch comparison {
      case .greater: return one > other
      case .less: return one < other
      case .atLeast: return one >= other
      default: return one <= other
      }
    }
  }
}
