/// Reads settings from environment variables, by one rule for each family.
///
/// `SPOOR_…`: what makes no sense is an error. `OTEL_…`: it is a complaint, and the default is taken, unless
/// `SPOOR_STRICT=1`. An empty value is as good as none, as OpenTelemetry has it.
struct EnvironmentReader {
  private let environment: [String: String]
  private let isStrict: Bool
  /// What was passed over, to be logged once there is a log.
  private(set) var complaints: [ConfigurationError] = []

  init(_ environment: [String: String]) {
    self.environment = environment
    isStrict = environment["SPOOR_STRICT"] == "1"
  }

  /// The text of a variable, without white space around it.
  func text(_ name: String) -> String? {
    guard let value = environment[name]?.trimmedSpaces, !value.isEmpty else { return nil }
    return value
  }

  /// What `parse` makes of a variable; nil where it is not set, or was complained about.
  mutating func value<Value>(
    _ name: String, expected: String, _ parse: (String) throws -> Value?
  ) throws(ConfigurationError) -> Value? {
    guard let text = text(name) else { return nil }
    if let value = try? parse(text) { return value }
    try refuse(ConfigurationError(setting: name, value: text, expected: expected))
    return nil
  }

  /// Complains about a variable, or throws, as its family has it.
  mutating func refuse(_ error: ConfigurationError) throws(ConfigurationError) {
    guard !isStrict, error.setting.hasPrefix("OTEL_") || error.setting == "LOG_LEVEL" else { throw error }
    complaints.append(error)
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
    try value(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  mutating func milliseconds(
    _ name: String, in range: ClosedRange<Int> = 1...3_600_000
  ) throws(ConfigurationError) -> Duration? {
    try value(name, expected: "milliseconds from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? .milliseconds($0) : nil }
    }
  }

  /// `1`, `0`, `true`, `false`, in any case.
  mutating func flag(_ name: String) throws(ConfigurationError) -> Bool? {
    try value(name, expected: "one of 1, 0, true, false") { text in
      switch text.lowercased() {
      case "1", "true": true
      case "0", "false": false
      default: nil
      }
    }
  }

  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(ConfigurationError) -> Choice? {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try value(name, expected: "one of \(names)") { Choice(rawValue: $0.lowercased()) }
  }

  /// `key=value,key=value`; keys must not be empty. Neither keys nor values are decoded, but `%2C` and `%3D`.
  mutating func pairs(_ name: String, isSecret: Bool = false) throws(ConfigurationError) -> [(String, String)]? {
    guard let text = text(name) else { return nil }
    var pairs: [(String, String)] = []
    for part in text.split(separator: ",") {
      let part = String(part).trimmedSpaces
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
        try refuse(
          ConfigurationError(
            setting: name, value: isSecret ? "…" : text, expected: "key=value pairs, separated by commas"))
        return nil
      }
      func decoded(_ text: Substring) -> String {
        String(text).trimmedSpaces.replacing("%2C", with: ",").replacing("%3D", with: "=").replacing("%20", with: " ")
      }
      pairs.append((decoded(part[..<equals]), decoded(part[part.index(after: equals)...])))
    }
    return pairs
  }

  /// What stands between commas.
  func list(_ name: String) -> [String]? {
    text(name)?.split(separator: ",").map { String($0).trimmedSpaces }.filter { !$0.isEmpty }
  }
}

extension String {
  /// Without spaces and tabs at both ends.
  var trimmedSpaces: String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
