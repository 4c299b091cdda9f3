internal import CSpoor

/// The id of a trace: 128 bits, or 64 as older Zipkin tracers make them. Never zero.
///
/// A 64-bit id stays one when it is handed on in B3; W3C has no such thing and pads it with zeros on the left.
public struct TraceID: Hashable, Sendable, LosslessStringConvertible {
  /// The first 64 bits; 0 for a 64-bit id.
  public let high: UInt64
  /// The last 64 bits.
  public let low: UInt64

  /// The id of these bits, or nil where all are zero.
  public init?(high: UInt64 = 0, low: UInt64) {
    guard high != 0 || low != 0 else { return nil }
    self.high = high
    self.low = low
  }

  /// Reads 16 or 32 lower-case hex digits; nil for anything else and for all zeros.
  public init?(_ hex: String) { self.init(digits: hex.utf8) }

  init?(digits: some BidirectionalCollection<UInt8>) {
    switch digits.count {
    case 16:
      guard let low = Hex.value(digits) else { return nil }
      self.init(low: low)
    case 32:
      guard let high = Hex.value(digits.prefix(16)), let low = Hex.value(digits.suffix(16)) else { return nil }
      self.init(high: high, low: low)
    default: return nil
    }
  }

  private init(nonZeroHigh high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new id, from a generator per thread that a forked child seeds anew.
  public static func random(is64Bit: Bool = false) -> TraceID {
    TraceID(nonZeroHigh: is64Bit ? 0 : spoor_random64(), low: nonZeroRandom())
  }

  /// Whether it has 64 bits.
  public var is64Bit: Bool { high == 0 }

  /// 16 lower-case hex digits for a 64-bit id, 32 otherwise.
  public var description: String { is64Bit ? Hex.text(low) : Hex.text(high, low) }

  /// 32 lower-case hex digits, as W3C wants them.
  public var paddedDescription: String { Hex.text(high, low) }
}

/// The id of a span: 64 bits, never zero.
public struct SpanID: Hashable, Sendable, LosslessStringConvertible {
  /// The bits.
  public let rawValue: UInt64

  /// The id of these bits, or nil where all are zero.
  public init?(rawValue: UInt64) {
    guard rawValue != 0 else { return nil }
    self.rawValue = rawValue
  }

  /// Reads 16 lower-case hex digits; nil for anything else and for all zeros.
  public init?(_ hex: String) { self.init(digits: hex.utf8) }

  init?(digits: some BidirectionalCollection<UInt8>) {
    guard digits.count == 16, let value = Hex.value(digits) else { return nil }
    self.init(rawValue: value)
  }

  private init(nonZero rawValue: UInt64) { self.rawValue = rawValue }

  /// A new id.
  public static func random() -> SpanID { SpanID(nonZero: nonZeroRandom()) }

  /// 16 lower-case hex digits.
  public var description: String { Hex.text(rawValue) }
}

private func nonZeroRandom() -> UInt64 {
  while true {
    let bits = spoor_random64()
    if bits != 0 { return bits }
  }
}
