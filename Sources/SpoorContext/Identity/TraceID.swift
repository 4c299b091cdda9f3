import CSpoor

/// The id of a trace: 128 bits, or 64 where a caller that knows no longer ones began the trace. Never zero.
///
/// A 64-bit id is one whose upper half is zero. It stays 64 bits wide when it is passed on in B3 (ZIPKIN.md,
/// "Propagation"), and is padded with zeros where a format has one width only (W3C, log records).
public struct TraceID: Hashable, Sendable {
  /// The upper 64 bits; zero in a 64-bit id.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  /// An id from its two halves; `nil` if both are zero, which no format allows.
  @inlinable
  public init?(high: UInt64 = 0, low: UInt64) {
    guard high | low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  private init(nonzeroLow low: UInt64, high: UInt64) {
    self.high = high
    self.low = low
  }

  /// Whether the id is 64 bits wide.
  @inlinable
  public var is64Bit: Bool { high == 0 }

  /// A new random id. Unique among all threads and processes for all purposes of tracing; no secret.
  ///
  /// - Parameter is64Bit: makes a 64-bit id, for systems that take no longer ones.
  public static func random(is64Bit: Bool = false) -> TraceID {
    TraceID(nonzeroLow: spoor_random_nonzero(), high: is64Bit ? 0 : spoor_random_nonzero())
  }
}

extension TraceID: LosslessStringConvertible {
  /// Reads 16 or 32 lower-case hexadecimal digits; anything else is `nil`, zero too.
  ///
  /// 32 digits of which the first 16 are zeros are a 64-bit id, as Zipkin's server reads them.
  public init?(_ hex: String) {
    guard let id = HeaderReader.read(hex, trimsBlanks: false, { $0.traceID() }) else { return nil }
    self = id
  }

  /// 16 lower-case hexadecimal digits for a 64-bit id, 32 for all others: what B3 and Zipkin write.
  public var description: String {
    ASCIIWriter.string(capacity: 32) { $0.append(self) }
  }

  /// Always 32 lower-case hexadecimal digits: what W3C and log records write.
  public var paddedDescription: String {
    ASCIIWriter.string(capacity: 32) { $0.appendPadded(self) }
  }
}
