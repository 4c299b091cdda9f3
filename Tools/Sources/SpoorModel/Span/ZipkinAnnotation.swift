/// An event within a span that explains where its time went.
public struct ZipkinAnnotation: Sendable, Hashable, Comparable {
  /// When it happened, in microseconds since 1970.
  public let timestamp: Int64
  /// What happened.
  public let value: String

  /// An event at a time.
  public init(timestamp: Int64, value: String) {
    self.timestamp = timestamp
    self.value = value
  }

  /// By time, then by text.
  public static func < (one: ZipkinAnnotation, other: ZipkinAnnotation) -> Bool {
    one.timestamp != other.timestamp ? one.timestamp < other.timestamp : one.value < other.value
  }
}
