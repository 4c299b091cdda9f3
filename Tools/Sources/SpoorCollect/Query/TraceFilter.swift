// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// The conditions of a search, independent of its syntax.
struct TraceFilter: Sendable, Hashable {
  /// A service that recorded a span of the trace, in lower case.
  var service: String?
  /// A service on the other side of a span (of ``service``, if given), in lower case.
  var remote: String?
  /// The name of a span (of ``service``, if given), in lower case.
  var name: String?
  /// The duration of one span (of ``service``, if given) in microseconds.
  var spanDuration: ClosedRange<Int64>?
  /// Microseconds from the trace's first start to its last end.
  var traceDuration: ClosedRange<Int64>?
  /// Whether a span must have failed.
  var errorsOnly = false
  /// Terms of Zipkin's `annotationQuery`, each of which some span must meet; at most ``maximumConditions``.
  var annotations: [AnnotationTerm] = []
  /// Further conditions, all of which must hold; at most ``maximumConditions``.
  var rest: [TraceCondition] = []
  /// The range of the trace's start, in microseconds since 1970.
  var window: ClosedRange<Int64> = 0...Int64.max
  /// The latest start of the traces to return, for the next part of a list; the number found does not depend on it.
  var until: Int64?
  /// The maximum number of traces.
  var limit = 10

  /// The maximum number of conditions, because each is compared with every tag and log record of the traces that may
  /// match.
  static let maximumConditions = 32

  /// Whether the spans themselves must be read; the other conditions are answered from the tables.
  var needsSpans: Bool {
    remote != nil || spanDuration != nil || !annotations.isEmpty || !rest.isEmpty
  }

  /// Whether the log records must be read.
  var needsLogs: Bool { rest.contains(where: \.readsRecords) }

  /// The words that must occur in a trace's signature.
  var signature: Signature {
    var signature = Signature()
    for term in annotations { term.insert(into: &signature) }
    for condition in rest { condition.insert(into: &signature) }
    return signature
  }

  /// Texts without which a trace cannot match, in lower case.
  var texts: [[UInt8]] { rest.flatMap(\.requiredTexts) }

  /// Whether a trace with these spans and log records matches.
  func matches(_ trace: TraceMatcher.Trace, _ matcher: TraceMatcher) -> Bool {
    let candidates = trace.spans.filter { service == nil || $0.serviceName == service }
    guard !candidates.isEmpty,
      candidates.contains(where: { span in name == nil || span.name == name }),
      remote == nil || candidates.contains(where: { $0.remoteEndpoint?.serviceName == remote }),
      spanDuration.map({ range in candidates.contains { $0.duration.map(range.contains) ?? false } }) ?? true
    else { return false }
    guard annotations.allSatisfy({ term in candidates.contains(where: term.holds) }) else { return false }
    let conditions = service.map { [.service($0)] + rest } ?? rest
    return rest.isEmpty || matcher.holds(.all(conditions), trace)
  }
}

/// A term of Zipkin's `annotationQuery`.
struct AnnotationTerm: Sendable, Hashable {
  let key: String
  /// The value of the tag; `nil` for a term without one, which is a tag's key or an annotation.
  let value: String?

  func insert(into signature: inout Signature) {
    if let value { signature.insert(key: key, value: value) } else { signature.insert(word: key) }
  }

  func holds(_ span: ZipkinSpan) -> Bool {
    if let value { return span.tag(key) == value }
    return span.tag(key) != nil || span.annotations.contains { $0.value == key }
  }
}
