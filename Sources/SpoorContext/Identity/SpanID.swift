import CSpoor

/// The id of a span within its trace: 64 bits, never zero.
public struct SpanID: Hashable, Sendable {
  /// The id as a number; its hexadecimal form is written from the highest digit.
  public let rawValue: UInt64

  /// An id from its number; `nil` for zero, which no format allows.
  @inlinable
  public init?(rawValue: UInt64) {
    guard rawValue != 0 else { return nil }
    self.rawValue = rawValue
  }

  private init(nonzero rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// A new random id. Unique among all threads and processes for all purposes of tracing; no secret.
  public static func random() -> SpanID {
    SpanID(nonzero: spoor_random_nonzero())
  }
}

extension SpanID: LosslessStringConvertible {
  /// Reads 16 lower-case hexadecimal digits; anything else is `nil`, zero too.
  public init?(_ hex: String) {
    guard let id = HeaderReader.read(hex, trimsBlanks: false, { $0.spanID() }) else { return nil }
    self = id
  }

  /// 16 lower-case hexadecimal digits.
  public var description: String {
    ASCIIWriter.string(capacity: 16) { $0.append(self) }
  }
}
