/// Lower-case hexadecimal, by table.
enum Hex {
  private static let digits: StaticString = "0123456789abcdef"

  /// Exactly 16 digits.
  static func text(_ value: UInt64) -> String {
    unsafe String(unsafeUninitializedCapacity: 16) { buffer in
      unsafe write(value, to: buffer, at: 0)
      return 16
    }
  }

  /// Exactly 32 digits.
  static func text(_ high: UInt64, _ low: UInt64) -> String {
    unsafe String(unsafeUninitializedCapacity: 32) { buffer in
      unsafe write(high, to: buffer, at: 0)
      unsafe write(low, to: buffer, at: 16)
      return 32
    }
  }

  private static func write(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
    for index in 0..<16 {
      let nibble = Int(truncatingIfNeeded: value >> UInt64(60 - 4 * index) & 15)
      unsafe buffer[offset + index] = digits.utf8Start[nibble]
    }
  }

  /// The value of at most 16 lower-case digits, or nil if there is anything else. The specs of B3 and W3C both say
  /// lower case; upper case is invalid.
  static func value(_ digits: some Sequence<UInt8>) -> UInt64? {
    var result: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): result = result << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): result = result << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return result
  }
}
