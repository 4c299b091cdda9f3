// SPDX-License-Identifier: Apache-2.0

import SpoorLogs
import SpoorModel

/// Parses the search text of the page, in the language of `spoor grep` (``LogQuery``).
///
/// In a search for traces, a condition holds if one span or log record of the trace meets it, and `!=` and `not` hold
/// if none does. `service=a` also restricts the conditions beside it to the spans of that service. `service`, `name`,
/// `remote`, `kind`, `span.duration`, the tags and the annotations (`event`) are a span's fields; `duration` is that of
/// the whole trace. The word `error` alone is a trace with a failed span of any service. Words and patterns ignore the
/// case of letters.
enum QueryLine {
  /// - Parameter now: microseconds since 1970, for values like `-1h`.
  /// - Throws: ``SpanError`` that names the word and what it must be.
  static func filter(_ line: String, now: Int64 = 0) throws(SpanError) -> TraceFilter {
    var filter = TraceFilter()
    var rest: [TraceCondition] = []
    let terms: [LogQuery] =
      switch try query(line, now: now) {
      case .everything: []
      case .all(let terms): terms
      case let term: [term]
      }
    for term in terms {
      let condition = try condition(term)
      switch condition {
      case .service(let name) where filter.service == nil: filter.service = name
      case .name(let name) where filter.name == nil: filter.name = name
      case .remote(let name) where filter.remote == nil: filter.remote = name
      case .failed: filter.errorsOnly = true
      case .traceDuration(let range): filter.traceDuration = try meet(filter.traceDuration, range)
      case .spanDuration(let range): filter.spanDuration = try meet(filter.spanDuration, range)
      default: rest.append(condition)
      }
    }
    guard rest.count <= TraceFilter.maximumConditions else {
      throw SpanError("a search must have at most \(TraceFilter.maximumConditions) conditions")
    }
    if !rest.isEmpty { filter.rest = rest }
    return filter
  }

  /// The query for log records.
  /// - Throws: ``SpanError`` that says what to type instead.
  static func query(_ line: String, now: Int64) throws(SpanError) -> LogQuery {
    do throws(QueryError) {
      return try ignoringCase(QueryParser.parse(words(line), now: now))
    } catch {
      throw SpanError(error.description)
    }
  }

  /// The line split at blanks outside of quotes, as a shell passes arguments: in one argument, `a=b c` would be one
  /// condition.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    var isEscaped = false
    for character in line {
      if quote == nil, character.isWhitespace {
        if !word.isEmpty { words.append(word) }
        word = ""
        continue
      }
      word.append(character)
      if isEscaped {
        isEscaped = false
      } else if let open = quote {
        if character == "\\" { isEscaped = true } else if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The query with words and patterns that ignore the case of letters.
  private static func ignoringCase(_ query: LogQuery) throws(QueryError) -> LogQuery {
    switch query {
    case .all(let parts): return .all(try parts.map { part throws(QueryError) in try ignoringCase(part) })
    case .any(let parts): return .any(try parts.map { part throws(QueryError) in try ignoringCase(part) })
    case .not(let part): return .not(try ignoringCase(part))
    case .text(let test): return .text(TextTest(test.text, ignoresCase: true))
    case .field(let test) where test.comparison == .matches || test.comparison == .matchesNot:
      return .field(try FieldTest(test.name, test.comparison, test.value, ignoresCase: true))
    default: return query
    }
  }

  private static let zeros = String(repeating: "0", count: 16)

  private static func condition(_ query: LogQuery) throws(SpanError) -> TraceCondition {
    switch query {
    case .everything: return .all([])
    case .all(let parts): return .all(try parts.map { part throws(SpanError) in try condition(part) })
    case .any(let parts): return .any(try parts.map { part throws(SpanError) in try condition(part) })
    case .not(let part): return .not(try condition(part))
    case .text(let test) where test.text.lowercased() == "error": return .failed
    // A 128-bit identifier whose upper half is zero is a 64-bit one.
    case .trace(let id): return .trace(id.utf8.count == 32 && id.hasPrefix(Self.zeros) ? String(id.suffix(16)) : id)
    case .field(let test): return try condition(test)
    case .text, .time: return .record(query)
    }
  }

  private static func condition(_ test: FieldTest) throws(SpanError) -> TraceCondition {
    switch (test.name, test.comparison) {
    case ("duration", _): return .traceDuration(try range(test))
    case ("span.duration", _): return .spanDuration(try range(test))
    case ("service", .equal): return .service(test.value.zipkinName)
    case ("name", .equal): return .name(test.value.zipkinName)
    case ("remote", .equal): return .remote(test.value.zipkinName)
    case (_, .unequal), (_, .matchesNot):
      return .not(try condition(try positive(test)))
    default: return .record(.field(test))
    }
  }

  /// The condition of which `!=` or `!~` is the negation.
  private static func positive(_ test: FieldTest) throws(SpanError) -> FieldTest {
    do throws(QueryError) {
      return try FieldTest(
        test.name, test.comparison == .unequal ? .equal : .matches, test.value,
        ignoresCase: test.comparison == .matchesNot)
    } catch {
      throw SpanError(error.description)
    }
  }

  /// The durations in microseconds that meet a condition.
  private static func range(_ test: FieldTest) throws(SpanError) -> ClosedRange<Int64> {
    guard let limit = microseconds(test.value) else {
      throw SpanError("\(test.name) needs a number with µs, ms, s or m, but is \(test.value)")
    }
    switch test.comparison {
    case .greater: return limit.addingClamped(1)...Int64.max
    case .greaterOrEqual: return limit...Int64.max
    case .less: return 0...max(0, limit - 1)
    case .lessOrEqual: return 0...limit
    case .equal: return limit...limit
    default: throw SpanError("\(test.name) needs >, >=, <, <= or =, but has \(test.comparison.rawValue)")
    }
  }

  private static func meet(
    _ one: ClosedRange<Int64>?, _ other: ClosedRange<Int64>
  ) throws(SpanError) -> ClosedRange<Int64> {
    guard let one else { return other }
    let (lower, upper) = (max(one.lowerBound, other.lowerBound), min(one.upperBound, other.upperBound))
    guard lower <= upper else { throw SpanError("nothing takes at least \(lower) µs and at most \(upper) µs") }
    return lower...upper
  }

  private static func microseconds(_ text: String) -> Int64? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    guard let value = Double(number), value.isFinite, value >= 0 else { return nil }
    let scale: Double
    switch text.dropFirst(number.count) {
    case "", "us", "µs", "μs": scale = 1
    case "ms": scale = 1000
    case "s": scale = 1_000_000
    case "m", "min": scale = 60_000_000
    case "h": scale = 3_600_000_000
    default: return nil
    }
    return value * scale < 9e18 ? Int64(value * scale) : nil
  }
}
