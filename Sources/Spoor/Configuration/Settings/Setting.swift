// SPDX-License-Identifier: Apache-2.0

/// One setting: its row of the table, the parser of its variable, and the values that it accepts from code.
///
/// Every variable is read by the same rules. White space around values, elements, keys and numbers is ignored. Words
/// (`always`, `none`, `true`, …) are read in any case. Elements of a list are separated by commas, and empty elements
/// are skipped. `none` and `off` are synonyms everywhere. A list without any element is invalid.
package struct Setting<Value: Sendable>: SettingDescription {
  package let row: SettingRow
  /// The value of a text; nil if the text is invalid.
  let read: @Sendable (String) -> Value?
  /// Whether a value from code is valid.
  let accepts: @Sendable (Value) -> Bool
  /// The text of a value from code, for an error.
  let shown: @Sendable (Value) -> String
  /// The part of an invalid text that is wrong, for an error: the first invalid element of a list.
  let culprit: @Sendable (String) -> String

  init(
    _ row: SettingRow, accepts: @escaping @Sendable (Value) -> Bool = { _ in true },
    shown: @escaping @Sendable (Value) -> String = { "\($0)" },
    culprit: @escaping @Sendable (String) -> String = { $0 }, read: @escaping @Sendable (String) -> Value?
  ) {
    self.row = row
    self.read = read
    self.accepts = accepts
    self.shown = shown
    self.culprit = culprit
  }

  /// This setting with a further condition.
  func accepting(_ condition: @escaping @Sendable (Value) -> Bool) -> Setting {
    let (row, read, accepts, shown) = (row, read, accepts, shown)
    return Setting(row, accepts: { accepts($0) && condition($0) }, shown: shown, culprit: culprit) { text in
      read(text).flatMap { condition($0) ? $0 : nil }
    }
  }

  /// This setting with another way to show a value from code in an error.
  func showing(_ shown: @escaping @Sendable (Value) -> String) -> Setting {
    Setting(row, accepts: accepts, shown: shown, culprit: culprit, read: read)
  }

  /// This setting with a default.
  func standard(_ value: Value) -> DefaultedSetting<Value> { DefaultedSetting(setting: self, standard: value) }
}

/// A setting that always has a value.
package struct DefaultedSetting<Value: Sendable>: SettingDescription {
  let setting: Setting<Value>
  /// The default.
  let standard: Value
  package var row: SettingRow { setting.row }
}

/// A setting that has a row but is read together with another one, or in code only.
package struct DescribedSetting: SettingDescription {
  package let row: SettingRow
}
