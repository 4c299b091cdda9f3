/// A key and its value, both text, as Zipkin has them.
public struct ZipkinTag: Sendable, Hashable {
  /// The name, such as `http.path`.
  public let key: String
  /// The value; may be empty.
  public let value: String

  /// A tag.
  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}
