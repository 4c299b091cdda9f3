// SPDX-License-Identifier: Apache-2.0

/// A condition on log records.
///
/// ```
/// query      = term { [ "and" ] term } | query "or" query | "not" query | "(" query ")"
/// term       = FIELD comparison VALUE | WORD | "QUOTED TEXT" | ID | TRACEPARENT
/// comparison = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | ":"
/// ```
///
/// - `and` binds stronger than `or`, and may be omitted. `AND`, `OR`, `NOT`, `&&`, `||` and `!(` are accepted.
/// - A field is found by its own name, nested ones with dots. `level`, `timestamp`, `event`, `trace_id`, `span_id` and
///   `service` also find the field under the names of other libraries.
/// - Levels are ordered: `level>=warning`. Numbers are compared as numbers, integers of 64 bits exactly; durations with
///   a unit and times as such. `~` is a regular expression (RE2) or a part of the text, `:` is `=`.
/// - A word is text anywhere in the record. An id is a trace id or its first eight or more digits, in any case.
public indirect enum LogQuery: Sendable, Hashable {
  /// Everything matches.
  case everything
  /// All of them match.
  case all([LogQuery])
  /// One of them matches.
  case any([LogQuery])
  /// It does not match.
  case not(LogQuery)
  /// A field meets the condition.
  case field(FieldTest)
  /// The record contains the text.
  case text(TextTest)
  /// The record belongs to the trace whose id begins with these lower-case digits, or contains them as text.
  case trace(String)
  /// The record's time is in this range, in microseconds since 1970, the end excluded.
  case time(from: Int64?, before: Int64?)

  /// The conjunction of both queries.
  public func and(_ other: LogQuery) -> LogQuery {
    switch (self, other) {
    case (.everything, _): other
    case (_, .everything): self
    case (.all(let one), .all(let two)): .all(one + two)
    case (.all(let one), _): .all(one + [other])
    case (_, .all(let two)): .all([self] + two)
    default: .all([self, other])
    }
  }

  /// Whether a record that was read earlier matches.
  public func matches(_ record: LogRecord) -> Bool {
    if self == .everything { return true }
    let reader = RecordReader(MemorySource(record.json))
    guard case .record(let view)? = try? reader.next() else { return false }
    return matches(view)
  }

  func matches(_ view: LogView) -> Bool {
    switch self {
    case .everything: true
    case .all(let queries): queries.allSatisfy { $0.matches(view) }
    case .any(let queries): queries.contains { $0.matches(view) }
    case .not(let query): !query.matches(view)
    case .field(let test): test.matches(view)
    case .text(let test): test.matches(view)
    case .trace(let prefix):
      view.first(view.tape.names.traces) { _, index -> Bool? in
        guard let text = view.text(at: index).flatMap({ TraceIDText.normalised($0) }) else { return nil }
        return TraceIDText.matches(text, prefix: prefix) ? true : nil
      } ?? TextTest(prefix, ignoresCase: true).matches(view)
    case .time(let from, let before):
      view.time.map { $0 >= from ?? .min && $0 < before ?? .max } ?? false
    }
  }

  /// A copy that shares no object with this one, so that threads that evaluate both do not slow each other down.
  var unshared: LogQuery {
    switch self {
    case .everything, .time, .trace, .text: self
    case .all(let queries): .all(queries.map(\.unshared))
    case .any(let queries): .any(queries.map(\.unshared))
    case .not(let query): .not(query.unshared)
    case .field(let test): .field(test.unshared)
    }
  }

  /// Texts of which every matching line contains at least one, however it is wrapped and escaped; `nil` if there are
  /// none. They are searched before a line is parsed.
  var literals: [[UInt8]]? {
    switch self {
    case .everything, .not, .time: return nil
    case .all(let queries):
      // The most selective: the one whose shortest text is the longest.
      return queries.compactMap(\.literals).max { Self.shortest($0) < Self.shortest($1) }
    case .any(let queries):
      var result: [[UInt8]] = []
      for query in queries {
        guard let literals = query.literals else { return nil }
        result += literals
      }
      return result.count <= 8 ? result : nil
    case .field(let test): return test.literals
    case .text(let test): return test.literals
    case .trace(let prefix): return TraceIDText.literals(prefix)
    }
  }

  /// Texts that every matching record contains somewhere in its JSON, in any case of ASCII letters; here they are in
  /// lower case.
  public var requiredTexts: [[UInt8]] {
    switch self {
    case .all(let queries): return queries.flatMap(\.requiredTexts)
    case .text(let test): return Literal.runs(test.text)
    case .field(let test):
      guard let literals = test.literals, literals.count == 1 else { return [] }
      return literals.map(Literal.lowercased)
    case .everything, .any, .not, .trace, .time: return []
    }
  }

  private static func shortest(_ literals: [[UInt8]]) -> Int { literals.map(\.count).min() ?? 0 }
}
