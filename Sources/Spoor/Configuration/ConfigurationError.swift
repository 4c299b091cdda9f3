// SPDX-License-Identifier: Apache-2.0

/// An invalid setting. Secret values are not shown.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name that was used: the property of ``SpoorConfiguration`` with its subject (`export.batchBytes`), or the
  /// environment variable.
  public let setting: String
  /// The invalid value.
  public let value: String
  /// What the value must be.
  public let expected: String

  package init(setting: String, value: String, expected: String) {
    self.setting = setting
    self.value = value
    self.expected = expected
  }

  /// `SETTING must be EXPECTED, but is "VALUE".`
  public var description: String { "\(setting) must be \(expected), but is \"\(value)\"" }
}
