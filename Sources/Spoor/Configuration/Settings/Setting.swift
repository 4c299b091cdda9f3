/// One setting: what it is called in code and in the environment, what it is by default, what it may be.
///
/// The reader, the errors and the table in `docs/OPTIONS.md` all take it from here.
package struct Setting: Sendable {
  /// What a setting may be.
  package enum Kind: Sendable {
    case integer(ClosedRange<Int>, unit: String)
    /// A `Duration` in code.
    case milliseconds(ClosedRange<Int>)
    case number(ClosedRange<Double>, unit: String)
    /// `1`, `0`, `true`, `false`.
    case flag
    case choice([String])
    /// `NAME=VALUE` with commas.
    case pairs
    /// Anything that is as described; with commas where it is a list. The second text is nonsense of its kind, nil where
    /// every text is valid.
    case text(String, nonsense: String?)
    /// A value of a type, in code only.
    case code(String)
  }

  /// The property of ``SpoorConfiguration``; nil where it can only be set in the environment.
  package let property: String?
  /// The environment variable; nil where it can only be set in code.
  package let variable: String?
  package let kind: Kind
  /// In words.
  package let defaultText: String
  /// In a sentence.
  package let summary: String
  package let isSecret: Bool

  init(
    _ property: String?, _ variable: String?, _ kind: Kind, default defaultText: String, isSecret: Bool = false,
    _ summary: String
  ) {
    self.property = property
    self.variable = variable
    self.kind = kind
    self.defaultText = defaultText
    self.summary = summary
    self.isSecret = isSecret
  }

  /// What was expected, for an error.
  package var expected: String {
    switch kind {
    case .integer(let range, _): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .milliseconds(let range): "milliseconds from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range, _): "a number from \(range.lowerBound.plainText) to \(range.upperBound.plainText)"
    case .flag: "one of 1, 0, true, false"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .pairs: "key=value pairs, separated by commas"
    case .text(let description, _): description
    case .code(let type): "a value of type \(type)"
    }
  }

  /// The unit; empty where there is none.
  package var unit: String {
    switch kind {
    case .integer(_, let unit), .number(_, let unit): unit
    case .milliseconds: "ms"
    default: ""
    }
  }

  /// The table's column.
  package var limits: String {
    switch kind {
    case .integer(let range, _): "\(range.lowerBound) to \(range.upperBound)"
    case .milliseconds(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .number(let range, _): "\(range.lowerBound.plainText) to \(range.upperBound.plainText)"
    case .flag: "`1`, `0`, `true`, `false`"
    case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
    case .pairs: "`name=value,name=value`"
    case .text(let description, _): description
    case .code(let type): "in code: `\(type)`"
    }
  }

  /// Values for the variable that make no sense; none where every text does.
  package var nonsense: [String] {
    switch kind {
    case .integer(let range, _), .milliseconds(let range):
      ["much", "1.5", "", "\(range.lowerBound - 1)", "\(range.upperBound + 1)"].filter { !$0.isEmpty }
    case .number(let range, _): ["much", "nan", "\(range.lowerBound - 0.5)", "\(range.upperBound * 2 + 1)"]
    case .flag: ["maybe", "2"]
    case .choice: ["nonsense", "0x"]
    case .pairs: ["nonsense", "=value"]
    case .text(_, let nonsense): nonsense.map { [$0] } ?? []
    case .code: []
    }
  }
}

extension Double {
  fileprivate var plainText: String { self == rounded() ? "\(Int64(self))" : "\(self)" }
}
