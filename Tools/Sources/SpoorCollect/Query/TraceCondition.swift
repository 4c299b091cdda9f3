// SPDX-License-Identifier: Apache-2.0

import SpoorLogs
import SpoorModel

/// A condition on a whole trace.
indirect enum TraceCondition: Sendable, Hashable {
  /// All of them hold. A ``service(_:)`` among them restricts the others to the spans of that service.
  case all([TraceCondition])
  /// One of them holds.
  case any([TraceCondition])
  /// It does not hold.
  case not(TraceCondition)
  /// A span or a log record, as a JSON object, meets the query.
  case record(LogQuery)
  /// A service recorded a span.
  case service(String)
  /// A span has this name.
  case name(String)
  /// A span names this service as its other side.
  case remote(String)
  /// A span has failed, of any service.
  case failed
  /// A span took so many microseconds.
  case spanDuration(ClosedRange<Int64>)
  /// The trace took so many microseconds, clocks corrected.
  case traceDuration(ClosedRange<Int64>)
  /// The trace's id begins with these lower-case digits, or a span or log record contains them.
  case trace(String)

  /// Whether evaluating it compares texts of spans or log records.
  var readsRecords: Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains(where: \.readsRecords)
    case .not(let part): part.readsRecords
    case .record, .trace: true
    default: false
    }
  }

  /// Texts that a span or log record must contain, in lower case.
  var requiredTexts: [[UInt8]] {
    switch self {
    case .all(let parts): parts.flatMap(\.requiredTexts)
    case .record(let query): query.requiredTexts
    default: []
    }
  }

  /// The words without which the condition cannot hold.
  func insert(into signature: inout Signature) {
    switch self {
    case .all(let parts): for part in parts { part.insert(into: &signature) }
    case .record(.field(let test)):
      // Common fields have several names.
      guard !Self.aliases.contains(test.name), !test.ignoresCase || test.comparison == .matches else { return }
      switch test.comparison {
      case .unequal, .matchesNot: break
      case .equal where Double(test.value) == nil: signature.insert(key: test.name, value: test.value)
      default: signature.insert(word: test.name)
      }
    default: break
    }
  }

  private static let aliases: Set<String> = [
    "level", "severity", "log.level", "lvl", "timestamp", "@timestamp", "time", "ts", "event", "message", "msg",
    "trace_id", "traceId", "traceID", "trace.id", "trace", "dd.trace_id", "span_id", "spanId", "spanID", "span.id",
    "dd.span_id", "service", "service.name", "name", "kind", "remote", "annotation",
  ]
}

/// Evaluates conditions on the traces of one query.
final class TraceMatcher {
  private let matcher = RecordMatcher()

  /// One trace, its spans as JSON records where a condition needs them.
  struct Trace {
    let id: String
    let spans: [ZipkinSpan]
    let logs: [[UInt8]]
    let duration: Int64
    fileprivate var records: [[UInt8]] = []

    init(id: String, spans: [ZipkinSpan], logs: [[UInt8]], duration: Int64, readsRecords: Bool) {
      (self.id, self.spans, self.logs, self.duration) = (id, spans, logs, duration)
      if readsRecords { records = spans.map(SpanRecord.json) }
    }
  }

  /// Whether a condition holds.
  func holds(_ condition: TraceCondition, _ trace: Trace) -> Bool {
    holds(condition, trace, Array(trace.spans.indices))
  }

  private func holds(_ condition: TraceCondition, _ trace: Trace, _ candidates: [Int]) -> Bool {
    switch condition {
    case .all(let parts):
      var candidates = candidates
      for case .service(let name) in parts { candidates = candidates.filter { trace.spans[$0].serviceName == name } }
      return parts.allSatisfy { holds($0, trace, candidates) }
    case .any(let parts): return parts.contains { holds($0, trace, candidates) }
    case .not(let part): return !holds(part, trace, candidates)
    case .service(let name): return candidates.contains { trace.spans[$0].serviceName == name }
    case .name(let name): return candidates.contains { trace.spans[$0].name == name }
    case .remote(let name): return candidates.contains { trace.spans[$0].remoteEndpoint?.serviceName == name }
    case .failed: return trace.spans.contains(where: \.isError)
    case .spanDuration(let range):
      return candidates.contains { trace.spans[$0].duration.map(range.contains) ?? false }
    case .traceDuration(let range): return range.contains(trace.duration)
    case .trace(let prefix):
      return trace.id.hasPrefix(prefix) || trace.id.hasSuffix(prefix) && prefix.utf8.count >= 16
        || hasRecord(.text(TextTest(prefix, ignoresCase: true)), trace, candidates)
    case .record(let query): return hasRecord(query, trace, candidates)
    }
  }

  private func hasRecord(_ query: LogQuery, _ trace: Trace, _ candidates: [Int]) -> Bool {
    candidates.contains { $0 < trace.records.count && matcher.load(trace.records[$0]) && matcher.matches(query) }
      || trace.logs.contains { matcher.load($0) && matcher.matches(query) }
  }
}

/// A span as a JSON record, so that a query finds it as it finds a log record.
enum SpanRecord {
  /// The tags by their keys; the span's own fields are `name`, `service`, `remote`, `kind`, `span_id` and `event`, the
  /// annotations.
  static func json(_ span: ZipkinSpan) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      for tag in span.tags {
        writer.key(tag.key)
        writer.string(tag.value)
      }
      func text(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        writer.key(key)
        writer.string(value)
      }
      text("name", span.name)
      text("service", span.serviceName)
      text("remote", span.remoteEndpoint?.serviceName)
      text("kind", span.kind?.name.lowercased())
      text("span_id", span.id.description)
      guard !span.annotations.isEmpty else { return }
      writer.key("event")
      writer.array { writer in for one in span.annotations { writer.string(one.value) } }
    }
    return writer.bytes
  }
}
