// SPDX-License-Identifier: Apache-2.0

/// An event within a span that explains where its time went.
public struct ZipkinAnnotation: Sendable, Hashable, Comparable {
  /// The time of the event in microseconds since 1970.
  public let timestamp: Int64
  /// The event.
  public let value: String

  /// Creates an event at a time.
  public init(timestamp: Int64, value: String) {
    self.timestamp = timestamp
    self.value = value
  }

  /// Orders by time, then by text.
  public static func < (one: ZipkinAnnotation, other: ZipkinAnnotation) -> Bool {
    one.timestamp != other.timestamp ? one.timestamp < other.timestamp : one.value < other.value
  }
}
