internal import SpoorContext

/// Reads settings: what is given in code is checked, what is not comes from its environment variable.
///
/// What makes no sense in code or in a `SPOOR_…` variable is an error. In an `OTEL_…` variable it is a complaint, and the
/// default is taken, unless `SPOOR_STRICT=1`. An empty value is as good as none, as OpenTelemetry has it.
struct EnvironmentReader {
  private let environment: [String: String]
  private let isStrict: Bool
  /// What was passed over, to be logged once there is a log.
  private(set) var complaints: [ConfigurationError] = []
  /// The variables that were looked at.
  private(set) var variables: Set<String> = []

  init(_ environment: [String: String]) throws(ConfigurationError) {
    self.environment = environment
    let strict = environment["SPOOR_STRICT"]?.trimmedSpaces ?? ""
    isStrict = strict == "1" || strict == "true"
    // It is what decides about the others.
    _ = try flag(Settings.strict, nil)
  }

  /// The text of a variable, without white space around it.
  mutating func text(_ setting: Setting) -> String? {
    guard let name = setting.variable else { return nil }
    variables.insert(name)
    guard let value = environment[name]?.trimmedSpaces, !value.isEmpty else { return nil }
    return value
  }

  /// What `parse` makes of a variable; nil where it is not set, or was complained about.
  mutating func value<Value>(
    _ setting: Setting, _ parse: (String) throws -> Value?
  ) throws(ConfigurationError) -> Value? {
    guard let text = text(setting) else { return nil }
    if let value = try? parse(text) { return value }
    try refuse(setting, text)
    return nil
  }

  /// Complains about a variable's value, or throws, as its family has it.
  mutating func refuse(_ setting: Setting, _ text: String) throws(ConfigurationError) {
    try refuse(
      ConfigurationError(
        setting: setting.variable ?? "", value: setting.isSecret ? "…" : text, expected: setting.expected))
  }

  mutating func refuse(_ error: ConfigurationError) throws(ConfigurationError) {
    guard !isStrict, error.setting.hasPrefix("OTEL_") || error.setting == "LOG_LEVEL" else { throw error }
    complaints.append(error)
  }

  /// Throws what is wrong with a value from code.
  func refuseGiven(_ setting: Setting, _ value: some CustomStringConvertible) throws(ConfigurationError) {
    throw ConfigurationError(
      setting: setting.property ?? "", value: setting.isSecret ? "…" : value.description, expected: setting.expected)
  }

  // MARK: By their kinds

  mutating func integer(_ setting: Setting, _ given: Int?) throws(ConfigurationError) -> Int? {
    guard case .integer(let range, _) = setting.kind else { return given }
    if let given {
      if !range.contains(given) { try refuseGiven(setting, given) }
      return given
    }
    return try value(setting) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  mutating func duration(_ setting: Setting, _ given: Duration?) throws(ConfigurationError) -> Duration? {
    guard case .milliseconds(let range) = setting.kind else { return given }
    if let given {
      let limits = Duration.milliseconds(range.lowerBound)...Duration.milliseconds(range.upperBound)
      if !limits.contains(given) { try refuseGiven(setting, given) }
      return given
    }
    return try value(setting) { text in Int(text).flatMap { range.contains($0) ? .milliseconds($0) : nil } }
  }

  mutating func number(_ setting: Setting) throws(ConfigurationError) -> Double? {
    guard case .number(let range, _) = setting.kind else { return nil }
    return try value(setting) { text in Double(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  /// `1`, `0`, `true`, `false`, in any case.
  mutating func flag(_ setting: Setting, _ given: Bool?) throws(ConfigurationError) -> Bool? {
    if let given { return given }
    return try value(setting) { text in
      switch text.lowercased() {
      case "1", "true": true
      case "0", "false": false
      default: nil
      }
    }
  }

  mutating func choice<Choice: RawRepresentable<String>>(
    _ setting: Setting, _ given: Choice?
  ) throws(ConfigurationError) -> Choice? {
    if let given { return given }
    return try value(setting) { Choice(rawValue: $0.lowercased()) }
  }

  /// `key=value,key=value`, both percent-decoded; keys must not be empty.
  ///
  /// OpenTelemetry, "Resource SDK": the value follows W3C Baggage's format, so that `,` and `=` are written `%2C` and
  /// `%3D`, and "in case of any error … the entire environment variable value SHOULD be discarded".
  mutating func pairs(_ setting: Setting) throws(ConfigurationError) -> [(key: String, value: String)]? {
    try value(setting) { text in
      var pairs: [(String, String)] = []
      for part in text.split(separator: ",") {
        let part = String(part).trimmedSpaces
        if part.isEmpty { continue }
        guard let equals = part.firstIndex(of: "="), equals > part.startIndex, PercentCoding.isValid(part[...].utf8)
        else { return nil }
        func decoded(_ text: Substring) -> String { PercentCoding.decoded(String(text).trimmedSpaces[...].utf8) }
        pairs.append((decoded(part[..<equals]), decoded(part[part.index(after: equals)...])))
      }
      return pairs
    }
  }

  /// What stands between commas.
  mutating func list(_ setting: Setting) -> [String]? { text(setting)?.commaSeparated }
}

extension String {
  /// Without spaces and tabs at both ends.
  var trimmedSpaces: String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  /// What stands between commas, without spaces around it and without what is empty.
  var commaSeparated: [String] {
    split(separator: ",").map { String($0).trimmedSpaces }.filter { !$0.isEmpty }
  }
}
