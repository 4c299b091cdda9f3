// SPDX-License-Identifier: Apache-2.0

internal import SpoorExport

/// One row of the option table: the names of a setting and its documentation. Errors and `docs/OPTIONS.md` are made
/// from it.
package struct SettingRow: Sendable {
  /// The property of ``SpoorConfiguration`` with its subject; nil if it can only be set in the environment.
  package let property: String?
  /// The environment variable; nil if it can only be set in code.
  package let variable: String?
  /// The form of a valid value; follows "must be" in an error.
  package let expected: String
  /// The values, for the table's column.
  package let limits: String
  /// The unit; empty if there is none.
  package let unit: String
  /// The default, as the table shows it.
  package let defaultText: String
  /// What the setting does, in a sentence or two.
  package let summary: String
  /// How much of a value may appear in errors.
  package let visibility: Visibility
  /// Values of the variable that are invalid, for tests; empty if every text is valid.
  package let nonsense: [String]

  /// The name that the user wrote: the property if the value came from code, otherwise the variable.
  package func name(isGiven: Bool) -> String { (isGiven ? property ?? variable : variable ?? property) ?? "" }

  /// A value as an error shows it.
  package func shown(_ value: String) -> String {
    switch visibility {
    case .whole: value
    case .withoutCredentials: URLParts.withoutCredentials(value)
    case .nothing: "…"
    }
  }

  /// How much of a value may appear in errors.
  package enum Visibility: Sendable {
    case whole
    /// Everything but the users and passwords of URLs.
    case withoutCredentials
    case nothing
  }
}

/// A setting of any type, for the table.
package protocol SettingDescription: Sendable {
  var row: SettingRow { get }
}
