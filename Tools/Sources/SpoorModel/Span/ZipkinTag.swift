// SPDX-License-Identifier: Apache-2.0

/// A key and its value, both text, as in Zipkin.
public struct ZipkinTag: Sendable, Hashable {
  /// The name, such as `http.path`.
  public let key: String
  /// The value; may be empty.
  public let value: String

  /// Creates a tag.
  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}
