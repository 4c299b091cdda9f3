// SPDX-License-Identifier: Apache-2.0

/// Reads settings: a value from code is checked; otherwise the variable is read; otherwise the default applies.
///
/// An invalid value is an error. In a variable that other programs read too (`OTEL_…`, `LOG_LEVEL`, …) it is a
/// complaint, and the default is used, unless `SPOOR_STRICT=1`. An empty variable counts as not set, as OpenTelemetry
/// asks.
struct SettingReader {
  private let environment: [String: String]
  private let isStrict: Bool
  /// Invalid settings that were ignored; logged once there is a log.
  private(set) var complaints: [ConfigurationError] = []
  /// The variables that were read.
  private(set) var variables: Set<String> = []

  init(_ environment: [String: String]) throws(ConfigurationError) {
    self.environment = environment
    // It decides how strict the other variables are read, so it is read first. If it is invalid itself, that is always
    // an error.
    var reader = SettingReader(environment: environment, isStrict: true)
    isStrict = try reader.value(Settings.strict, nil)
    // `RuntimeShortcuts` reads it; here it is only checked.
    _ = try reader.value(Settings.runtimeShortcuts, nil)
    variables = reader.variables
  }

  private init(environment: [String: String], isStrict: Bool) {
    self.environment = environment
    self.isStrict = isStrict
  }

  /// The value from code, otherwise from the variable; nil if there is neither.
  mutating func value<Value>(_ setting: Setting<Value>, _ given: Value?) throws(ConfigurationError) -> Value? {
    if let given {
      guard setting.accepts(given) else { throw error(setting, given: given) }
      return given
    }
    return try variable(setting)
  }

  /// The value from code, otherwise from the variable, otherwise the default.
  mutating func value<Value>(_ setting: DefaultedSetting<Value>, _ given: Value?) throws(ConfigurationError) -> Value {
    try value(setting.setting, given) ?? setting.standard
  }

  /// The value of the variable; nil if it is not set, or invalid and ignored.
  mutating func variable<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value? {
    guard let name = setting.row.variable else { return nil }
    variables.insert(name)
    guard let text = environment[name]?.trimmed, !text.isEmpty else { return nil }
    if let value = setting.read(text) { return value }
    try refuse(
      ConfigurationError(setting: name, value: setting.row.shown(setting.culprit(text)), expected: setting.row.expected)
    )
    return nil
  }

  /// Entries from code and from the variable, by key; code wins. The variable's come first, in its order.
  mutating func merged<Element: Sendable, Key: Hashable>(
    _ setting: Setting<[Element]>, _ given: [Element], by key: (Element) -> Key
  ) throws(ConfigurationError) -> [Element] {
    if !given.isEmpty, !setting.accepts(given) { throw error(setting, given: given) }
    let keys = Set(given.map(key))
    return (try variable(setting) ?? []).filter { !keys.contains(key($0)) } + given
  }

  /// The error for an invalid value from code.
  func error<Value>(_ setting: Setting<Value>, given: Value) -> ConfigurationError {
    ConfigurationError(
      setting: setting.row.name(isGiven: true), value: setting.row.shown(setting.shown(given)),
      expected: setting.row.expected)
  }

  /// Notes a complaint about a variable that other programs share, and throws for any other.
  mutating func refuse(_ error: ConfigurationError) throws(ConfigurationError) {
    guard !isStrict, Settings.isShared(error.setting) else { throw error }
    complaints.append(error)
  }

  /// Complains about something that has no effect; an error if `SPOOR_STRICT=1`.
  mutating func complain(_ complaint: ConfigurationError) throws(ConfigurationError) {
    guard !isStrict else { throw complaint }
    complaints.append(complaint)
  }

  /// Whether the variable is set.
  func isSet(_ row: SettingRow) -> Bool { row.variable.flatMap(text) != nil }

  /// The trimmed text of a variable; nil if it is empty or not set.
  func text(_ name: String) -> String? {
    guard let text = environment[name]?.trimmed, !text.isEmpty else { return nil }
    return text
  }

  /// Complains about variables of OpenTelemetry's that Spoor does not support, and about unknown names.
  mutating func complainAboutNames() throws(ConfigurationError) {
    for (name, instead) in Settings.unsupported {
      variables.insert(name)
      guard let value = text(name) else { continue }
      try complain(ConfigurationError(setting: name, value: value, expected: "unset; use \(instead)"))
    }
    for name in environment.keys.sorted() where name.uppercased().hasPrefix("SPOOR_") && !Settings.isKnown(name) {
      let nearest = Settings.nearest(to: name).map { "a known setting; the nearest is \($0)" } ?? "a known setting"
      try complain(ConfigurationError(setting: name, value: "an unknown name", expected: nearest))
    }
  }
}
