/// A setting that makes no sense: which, what it was, and what was expected. Secrets are not shown.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The property of ``SpoorConfiguration`` or the environment variable.
  public let setting: String
  /// What it was.
  public let value: String
  /// What would have made sense.
  public let expected: String

  package init(setting: String, value: String, expected: String) {
    self.setting = setting
    self.value = value
    self.expected = expected
  }

  /// In one sentence.
  public var description: String { "\(setting) is \"\(value)\", expected \(expected)" }
}
