// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorJournal

extension Setting {
  /// A row and its reader.
  fileprivate init(
    _ property: String?, _ variable: String?, expected: String, limits: String? = nil, unit: String = "",
    default defaultText: String, nonsense: [String], visibility: SettingRow.Visibility = .whole, _ summary: String,
    accepts: @escaping @Sendable (Value) -> Bool = { _ in true },
    shown: @escaping @Sendable (Value) -> String = { "\($0)" },
    culprit: @escaping @Sendable (String) -> String = { $0 }, read: @escaping @Sendable (String) -> Value?
  ) {
    self.init(
      SettingRow(
        property: property, variable: variable, expected: expected, limits: limits ?? expected, unit: unit,
        defaultText: defaultText, summary: summary, visibility: visibility, nonsense: nonsense),
      accepts: accepts, shown: shown, culprit: culprit, read: read)
  }
}

// MARK: - Numbers

extension Setting where Value == Int {
  static func integer(
    _ property: String?, _ variable: String?, _ range: ClosedRange<Int>, unit: String, default text: String,
    _ summary: String
  ) -> Setting {
    Setting(
      property, variable, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      limits: "\(range.lowerBound) to \(range.upperBound)", unit: unit, default: text,
      nonsense: ["much", "1.5", "\(range.lowerBound - 1)", "\(range.upperBound + 1)"], summary,
      accepts: range.contains
    ) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  static func integer(
    _ property: String?, _ variable: String?, _ range: ClosedRange<Int>, unit: String, default standard: Int,
    _ summary: String
  ) -> DefaultedSetting<Int> {
    integer(property, variable, range, unit: unit, default: "\(standard)", summary).standard(standard)
  }
}

extension Setting where Value == Duration {
  /// Whole milliseconds in the variable, a `Duration` in code.
  static func milliseconds(
    _ property: String?, _ variable: String?, _ range: ClosedRange<Int>, default text: String, _ summary: String
  ) -> Setting {
    let limits = Duration.milliseconds(range.lowerBound)...Duration.milliseconds(range.upperBound)
    return Setting(
      property, variable, expected: "milliseconds from \(range.lowerBound) to \(range.upperBound)",
      limits: "\(range.lowerBound) to \(range.upperBound)", unit: "ms", default: text,
      nonsense: ["much", "1.5", "\(range.lowerBound - 1)", "\(range.upperBound + 1)"], summary,
      accepts: limits.contains
    ) { text in Int(text).flatMap { range.contains($0) ? .milliseconds($0) : nil } }
  }

  static func milliseconds(
    _ property: String?, _ variable: String?, _ range: ClosedRange<Int>, default standard: Int, _ summary: String
  ) -> DefaultedSetting<Duration> {
    milliseconds(property, variable, range, default: "\(standard)", summary).standard(.milliseconds(standard))
  }
}

extension Setting where Value == Double {
  static func number(
    _ property: String?, _ variable: String?, _ range: ClosedRange<Double>, unit: String, default text: String,
    _ summary: String
  ) -> Setting {
    let limits = "\(range.lowerBound.plainText) to \(range.upperBound.plainText)"
    return Setting(
      property, variable, expected: "a number from \(limits)", limits: limits, unit: unit, default: text,
      nonsense: ["much", "nan", "\(range.lowerBound - 0.5)", "\(range.upperBound * 2 + 1)"], summary,
      accepts: range.contains
    ) { text in Double(text).flatMap { range.contains($0) ? $0 : nil } }
  }
}

// MARK: - Words

extension Setting where Value == Bool {
  static func flag(
    _ property: String?, _ variable: String?, default standard: Bool, _ summary: String
  ) -> DefaultedSetting<Bool> {
    Setting(
      property, variable, expected: "one of 1, 0, true, false", limits: "`1`, `0`, `true`, `false`",
      default: standard ? "1" : "0", nonsense: ["maybe", "2"], summary
    ) { text in
      switch text.lowercased() {
      case "1", "true": true
      case "0", "false": false
      default: nil
      }
    }.standard(standard)
  }
}

extension Setting {
  /// One of several words, by their names. If one of them is `off`, `none` is accepted for it.
  static func choice(
    _ property: String?, _ variable: String?, _ words: KeyValuePairs<String, Value>, default text: String,
    _ summary: String
  ) -> Setting {
    let names = words.map(\.key)
    return Setting(
      property, variable, expected: "one of \(names.joined(separator: ", "))",
      limits: names.map { "`\($0)`" }.joined(separator: ", "), default: text, nonsense: ["nonsense", "0x"], summary
    ) { text in
      let word = text.isNothing && !names.contains(text.lowercased()) ? "off" : text.lowercased()
      return words.first { $0.key == word }?.value
    }
  }

  /// A text that `read` parses.
  static func text(
    _ property: String?, _ variable: String?, _ expected: String, limits: String? = nil, nonsense: String?,
    default text: String, visibility: SettingRow.Visibility = .whole, _ summary: String,
    read: @escaping @Sendable (String) -> Value?
  ) -> Setting {
    Setting(
      property, variable, expected: expected, limits: limits, default: text, nonsense: nonsense.map { [$0] } ?? [],
      visibility: visibility, summary, read: read)
  }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable & Sendable {
  /// One of an enumeration's cases, by its raw value.
  static func choice(
    _ property: String?, _ variable: String?, default standard: Value, _ summary: String
  ) -> DefaultedSetting<Value> {
    let names = Value.names
    return Setting(
      property, variable, expected: "one of \(names.joined(separator: ", "))",
      limits: names.map { "`\($0)`" }.joined(separator: ", "), default: "`\(standard.rawValue)`",
      nonsense: ["nonsense", "0x"], summary
    ) { text in
      Value(rawValue: text.lowercased()) ?? (text.isNothing ? Value(rawValue: "off") : nil)
    }.standard(standard)
  }
}

extension Setting {
  /// Some of an enumeration's cases, by their raw values with commas, each once; `none` is the empty list.
  static func words<Word: RawRepresentable<String> & CaseIterable & Sendable & Equatable>(
    _ property: String?, _ variable: String?, default standard: [Word], _ summary: String
  ) -> DefaultedSetting<[Word]> where Value == [Word] {
    let names = Word.names
    return Setting(
      property, variable, expected: "some of \(names.joined(separator: ", ")) with commas, each once, or none",
      limits: names.map { "`\($0)`" }.joined(separator: ", ") + " with commas, or `none`",
      default: standard.map { "`\($0.rawValue)`" }.joined(separator: ","),
      nonsense: ["nonsense", "\(names[0]),\(names[0])", ","], summary,
      accepts: { words in words.indices.allSatisfy { !words[..<$0].contains(words[$0]) } },
      shown: { $0.map(\.rawValue).joined(separator: ",") }
    ) { text in
      if text.isNothing { return [] }
      let texts = text.commaSeparated
      let words = texts.compactMap { Word(rawValue: $0.lowercased()) }
      let isUnique = words.indices.allSatisfy { !words[..<$0].contains(words[$0]) }
      return words.isEmpty || words.count < texts.count || !isUnique ? nil : words
    }.standard(standard)
  }
}

// MARK: - Lists

extension Setting {
  /// Elements with commas between them. `none` is the empty list if there may be one.
  static func list<Element: Sendable>(
    _ property: String?, _ variable: String?, _ expected: String, nonsense: String?, allowsNone: Bool = true,
    default text: String, visibility: SettingRow.Visibility = .whole, _ summary: String,
    _ element: @escaping @Sendable (String) -> Element?
  ) -> Setting where Value == [Element] {
    Setting(
      property, variable, expected: allowsNone ? "\(expected), or none" : expected, default: text,
      nonsense: (nonsense.map { [$0] } ?? []) + [",", " , ,"] + (allowsNone ? [] : ["none"]), visibility: visibility,
      summary,
      accepts: { allowsNone || !$0.isEmpty }, shown: { $0.isEmpty ? "an empty list" : "\($0)" },
      // An element of a list of URLs can be half of a password.
      culprit: { text in
        visibility == .whole ? text.commaSeparated.first { element($0) == nil }.map(withoutSecret) ?? text : text
      }
    ) { text in
      if text.isNothing { return allowsNone ? [] : nil }
      let texts = text.commaSeparated
      let elements = texts.compactMap(element)
      return elements.isEmpty || elements.count < texts.count ? nil : elements
    }
  }

  /// Keys with commas between them.
  static func keys(
    _ property: String?, _ variable: String?, expected: String = "keys with commas", _ summary: String
  ) -> Setting where Value == [String] {
    list(property, variable, expected, nonsense: nil, default: "none", summary) { $0 }
  }

  /// `KEY=VALUE` with commas between them; the value begins at the last `=`.
  static func map<Element: Sendable>(
    _ property: String?, _ variable: String?, _ expected: String, nonsense: String?, default text: String = "none",
    _ summary: String, _ element: @escaping @Sendable (_ key: String, _ value: String) -> Element?
  ) -> Setting where Value == [Element] {
    list(property, variable, expected, nonsense: nonsense, default: text, summary) { part in
      guard let equals = part.lastIndex(of: "=") else { return nil }
      let key = String(part[..<equals]).trimmed
      return key.isEmpty ? nil : element(key, String(part[part.index(after: equals)...]).trimmed)
    }
  }

  /// `key=value` with commas between them, both percent-decoded.
  ///
  /// OpenTelemetry, "Resource SDK": the value follows W3C Baggage's format, so that `,` and `=` are written `%2C` and
  /// `%3D`, and "in case of any error … the entire environment variable value SHOULD be discarded".
  static func pairs(
    _ property: String?, _ variable: String?, visibility: SettingRow.Visibility = .whole, _ summary: String
  ) -> Setting where Value == [Pair] {
    list(
      property, variable, "key=value pairs with commas, percent-encoded", nonsense: "=value", default: "none",
      visibility: visibility, summary
    ) { part in
      guard let equals = part.firstIndex(of: "="), PercentCoding.isValid(part[...].utf8) else { return nil }
      func decoded(_ text: Substring) -> String { PercentCoding.decoded(String(text).trimmed[...].utf8) }
      let pair = Pair(key: decoded(part[..<equals]), value: decoded(part[part.index(after: equals)...]))
      return pair.key.isEmpty ? nil : pair
    }
  }
}

/// An element without its value if its key is the usual name of a secret.
private func withoutSecret(_ element: String) -> String {
  guard let equals = element.firstIndex(of: "="), Redaction().isSecret(String(element[..<equals])) else {
    return element
  }
  return "\(element[...equals])\(Redaction.replacement)"
}

/// A key with its value.
package struct Pair: Sendable, Hashable {
  package let key: String
  package let value: String
}

extension DescribedSetting {
  /// A value that can only be set in code.
  static func code(
    _ property: String, _ type: String, default text: String, _ summary: String
  ) -> DescribedSetting {
    DescribedSetting(
      row: SettingRow(
        property: property, variable: nil, expected: "a value of type \(type)", limits: "in code: `\(type)`", unit: "",
        defaultText: text, summary: summary, visibility: .whole, nonsense: []))
  }
}

// MARK: - Texts

extension String {
  /// The text without white space at both ends.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The elements between commas, trimmed; empty ones are skipped.
  var commaSeparated: [String] { split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty } }

  /// Whether the text is `none` or `off`.
  var isNothing: Bool { ["none", "off"].contains(lowercased()) }
}

extension CaseIterable where Self: RawRepresentable<String> {
  /// The names of the cases.
  static var names: [String] { allCases.map(\.rawValue) }
}

extension Double {
  fileprivate var plainText: String { self == rounded() ? "\(Int64(self))" : "\(self)" }
}
