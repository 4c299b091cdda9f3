import SpoorModel

/// Reads the page's one line of text: `service=order duration>200ms error event=payment_timeout`.
///
/// `service`, `name` and `remote` with `=`; `duration` of the whole trace with `>` `>=` `<` `<=` and a unit (µs if none);
/// `error` alone for traces with a failed span; every other `key=value`, `key!=value`, `key~part`, `key>1` for a tag or
/// the field of a log record; a word alone for a tag, a field, an annotation or an event. Quotes keep blanks together.
enum QueryLine {
  /// - Throws: ``SpanError`` that says which word makes no sense.
  static func filter(_ line: String) throws(SpanError) -> TraceFilter {
    var filter = TraceFilter()
    for word in words(line) {
      if word == "error" {
        filter.errorsOnly = true
        continue
      }
      guard let condition = condition(word) else {
        filter.conditions.append(Condition(key: word, comparison: nil, value: ""))
        continue
      }
      switch (condition.key, condition.comparison) {
      case ("service", .equals): filter.service = condition.value.lowercased()
      case ("remote", .equals): filter.remote = condition.value.lowercased()
      case ("name", .equals): filter.name = condition.value.lowercased()
      case ("duration", let comparison): try add(comparison, condition.value, to: &filter)
      default: filter.conditions.append(condition)
      }
    }
    return filter
  }

  private static func add(
    _ comparison: Condition.Comparison?, _ value: String, to filter: inout TraceFilter
  ) throws(SpanError) {
    guard let limit = microseconds(value) else {
      throw SpanError("duration \(value): expected a number with µs, ms, s or m")
    }
    let old = filter.traceDuration ?? 0...Int64.max
    var lower = old.lowerBound
    var upper = old.upperBound
    switch comparison {
    case .greater: lower = max(lower, limit + 1)
    case .atLeast: lower = max(lower, limit)
    case .less: upper = min(upper, max(0, limit - 1))
    case .atMost: upper = min(upper, limit)
    default: throw SpanError("duration: expected >, >=, < or <=")
    }
    guard lower <= upper else { throw SpanError("duration: nothing is longer than \(lower) µs and within \(upper) µs") }
    filter.traceDuration = lower...upper
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
    default: return nil
    }
    return value * scale < 9e18 ? Int64(value * scale) : nil
  }

  private static func condition(_ word: String) -> Condition? {
    guard let at = word.firstIndex(where: { "=!<>~".contains($0) }), at > word.startIndex else { return nil }
    let rest = word[at...]
    guard let comparison = Condition.Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else {
      return nil
    }
    return Condition(
      key: String(word[..<at]), comparison: comparison, value: String(rest.dropFirst(comparison.rawValue.count)))
  }

  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isStarted = false
    for character in line {
      switch character {
      case "\"":
        isQuoted.toggle()
        isStarted = true
      case " " where !isQuoted, "\t" where !isQuoted, "\n" where !isQuoted:
        if isStarted { words.append(word) }
        word = ""
        isStarted = false
      default:
        word.append(character)
        isStarted = true
      }
    }
    if isStarted { words.append(word) }
    return words.filter { !$0.isEmpty }
  }
}
