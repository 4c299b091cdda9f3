/// A setting of the sender that makes no sense. Says which, what it was, and what was expected; of a value that may hold
/// a secret it says only that.
package struct InvalidSenderSetting: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name of the property of ``CurlSettings``, or `endpoints`.
  package let setting: String
  package let value: String
  package let expected: String

  package var description: String { "\(setting) is \"\(value)\", expected \(expected)" }
}
