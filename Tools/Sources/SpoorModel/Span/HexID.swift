// SPDX-License-Identifier: Apache-2.0

/// Reading and writing identifiers as lower-case hexadecimal digits.
enum HexID {
  /// The value of one lower-case hexadecimal digit; `nil` for anything else, upper case included, as in Zipkin.
  @inline(__always)
  static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a") &+ 10)
    default: nil
    }
  }

  /// The value of one digit in either case, for texts other than identifiers.
  static func anyCaseDigit(_ byte: UInt8) -> UInt64? {
    if let digit = digit(byte) { return digit }
    guard byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "F") else { return nil }
    return UInt64(byte - UInt8(ascii: "A") + 10)
  }

  /// The number of at most 16 digits; `nil` if one of them is not a digit.
  static func value(_ bytes: some Collection<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for byte in bytes {
      guard let digit = digit(byte) else { return nil }
      value = value << 4 | digit
    }
    return value
  }

  /// Appends the 16 digits of `value`.
  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var shift: UInt64 = 64
    while shift > 0 {
      shift -= 4
      let nibble = UInt8(truncatingIfNeeded: value >> shift & 0xf)
      bytes.append(nibble < 10 ? nibble &+ UInt8(ascii: "0") : nibble &- 10 &+ UInt8(ascii: "a"))
    }
  }

  /// The 16 digits of `value`.
  static func text(_ value: UInt64) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
