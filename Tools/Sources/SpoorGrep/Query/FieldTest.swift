/// A condition on a field: `event=payment_timeout`, `retry_count>1`, `error.type~Timeout`.
public struct FieldTest: Sendable, Hashable {
  /// How the field is compared.
  public enum Comparison: String, Sendable, Hashable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contains = "~"
    case containsNot = "!~"
  }

  /// The field's name; dots go into nested objects.
  public let name: String
  /// How it is compared.
  public let comparison: Comparison
  /// With what.
  public let value: String

  /// Reads an expression; nil where it has no name or no comparison.
  public init?(_ text: String) {
    let operators: Set<Character> = ["=", "!", "<", ">", "~"]
    guard let start = text.firstIndex(where: { operators.contains($0) }), start > text.startIndex else { return nil }
    let rest = text[start...]
    let order: [Comparison] = [
      .unequal, .containsNot, .lessOrEqual, .greaterOrEqual, .equal, .less, .greater, .contains,
    ]
    guard let comparison = order.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
    name = String(text[..<start])
    self.comparison = comparison
    value = String(rest.dropFirst(comparison.rawValue.count))
  }

  /// Whether a record meets it. A field that is absent meets `!=` and `!~` only. Numbers are compared as numbers where
  /// both sides are; `<` and `>` need that, or two times.
  public func matches(_ record: LogRecord) -> Bool {
    guard let field = record[name] else { return comparison == .unequal || comparison == .containsNot }
    switch comparison {
    case .equal: return isEqual(field)
    case .unequal: return !isEqual(field)
    case .contains: return field.text.contains(value)
    case .containsNot: return !field.text.contains(value)
    case .less: return ordered(field) { $0 < $1 }
    case .lessOrEqual: return ordered(field) { $0 <= $1 }
    case .greater: return ordered(field) { $0 > $1 }
    case .greaterOrEqual: return ordered(field) { $0 >= $1 }
    }
  }

  private func isEqual(_ field: JSONValue) -> Bool {
    if field.text == value { return true }
    guard case .number = field, let one = field.double, let other = Double(value) else { return false }
    return one == other
  }

  private func ordered(_ field: JSONValue, _ holds: (Double, Double) -> Bool) -> Bool {
    if let one = field.double, let other = Double(value) { return holds(one, other) }
    guard let one = Timestamp.microseconds(field.text), let other = Timestamp.microseconds(value) else { return false }
    return holds(Double(one), Double(other))
  }

  /// Bytes without which no line can meet the test: looked for before anything is parsed. Empty where there are none.
  ///
  /// Only characters that no JSON encoder escapes: of a value the longest run of them, else of the name.
  var literal: [UInt8] {
    switch comparison {
    case .unequal, .containsNot: []
    case .equal where Double(value) == nil, .contains:
      [Literal.longestRun(value), Literal.longestRun(name, splitAtDots: true)].max { $0.count < $1.count } ?? []
    default: Literal.longestRun(name, splitAtDots: true)
    }
  }
}
