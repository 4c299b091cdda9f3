// SPDX-License-Identifier: Apache-2.0

/// An invalid setting of the sender. The message names the setting, its value and the expected form; a value that may
/// contain a secret is not shown.
package struct InvalidSenderSetting: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name of the property of ``CurlSettings``, or `endpoints`.
  package let setting: String
  package let value: String
  package let expected: String

  package var description: String { "\(setting) must be \(expected), but is \"\(value)\"" }
}
