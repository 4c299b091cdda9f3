// SPDX-License-Identifier: Apache-2.0

extension GrowingBytes {
  /// Appends 16 lower-case hexadecimal digits.
  @inlinable
  @inline(__always)
  public mutating func appendHex(_ value: UInt64) {
    write(upTo: 16) { $0.appendHex(value) }
  }

  /// Eight hexadecimal digits in one word, the first in its lowest-addressed byte. The nibbles are spread to a byte
  /// each, and those above 9 get the distance from `:` to `a` added.
  @inlinable
  static func hexDigits(_ value: UInt32) -> UInt64 {
    var spread = UInt64(value)
    spread = (spread << 16 | spread & 0xFFFF) & 0x0000_FFFF_0000_FFFF
    spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
    spread = (spread << 4 | spread) & 0x0F0F_0F0F_0F0F_0F0F
    let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
  }

  /// Appends the decimal digits.
  public mutating func appendDecimal(_ value: UInt64) {
    write(upTo: BytesWriter.longestDecimal) { $0.appendDecimal(value) }
  }

  /// Appends the decimal digits, after a minus sign if the number is negative.
  @inlinable
  @inline(__always)
  public mutating func appendDecimal(_ value: Int64) {
    write(upTo: BytesWriter.longestDecimal) { $0.appendDecimal(value) }
  }

  /// Appends the shortest decimal form that reads back as the same number. Numbers that JSON cannot express are spelt
  /// `NaN`, `Infinity` and `-Infinity`.
  public mutating func appendDecimal(_ value: Double) {
    write(upTo: BytesWriter.longestDouble) { $0.appendDecimal(value) }
  }
}

extension BytesWriter {
  /// The most bytes a whole number takes, its sign included.
  public static var longestDecimal: Int { 20 }

  /// The most bytes a number with a fraction takes: `-2.2250738585072014e-308`.
  public static var longestDouble: Int { 24 }

  /// Writes the shortest decimal form that reads back as the same number, as ``GrowingBytes/appendDecimal(_:)`` does.
  public mutating func appendDecimal(_ value: Double) {
    if value.isFinite {
      unsafe SpoorBase.withBytes(of: value.description) { digits in
        guard let start = digits.baseAddress else { return }
        precondition(digits.count <= Self.longestDouble)
        expectRoom(for: digits.count)
        unsafe place.copyMemory(from: start, byteCount: digits.count)
        unsafe place += digits.count
      }
    } else if value.isNaN {
      append("NaN" as StaticString)
    } else {
      append(value < 0 ? "-Infinity" as StaticString : "Infinity")
    }
  }

  /// Writes the decimal digits.
  public mutating func appendDecimal(_ value: UInt64) {
    let digits = Self.digitCount(value)
    expectRoom(for: digits)
    var rest = value
    var offset = digits
    while rest >= 100 {
      let pair = Int(truncatingIfNeeded: rest % 100)
      rest /= 100
      offset -= 2
      unsafe place.storeBytes(of: Self.decimalPair(pair), toByteOffset: offset, as: UInt16.self)
    }
    if rest >= 10 {
      unsafe place.storeBytes(of: Self.decimalPair(Int(rest)), toByteOffset: offset - 2, as: UInt16.self)
    } else {
      unsafe place.storeBytes(of: 0x30 + UInt8(rest), toByteOffset: offset - 1, as: UInt8.self)
    }
    unsafe place += digits
  }

  /// Writes the decimal digits, after a minus sign if the number is negative.
  @inlinable
  @inline(__always)
  public mutating func appendDecimal(_ value: Int64) {
    if 0 <= value, value < 10 {
      appendInteger(0x30 + UInt8(truncatingIfNeeded: value))
    } else {
      if value < 0 { appendInteger(UInt8(ascii: "-")) }
      appendDecimal(value.magnitude)
    }
  }

  /// Two digits, the tens in the lower-addressed byte.
  @inline(__always)
  private static func decimalPair(_ value: Int) -> UInt16 {
    let tens = UInt16(truncatingIfNeeded: (value &* 103) >> 10)
    let ones = UInt16(truncatingIfNeeded: value) &- tens &* 10
    return (tens | ones << 8 | 0x3030).littleEndian
  }

  @inline(__always)
  private static func digitCount(_ value: UInt64) -> Int {
    var digits = 1
    var rest = value
    while rest >= 10_000 {
      digits += 4
      rest /= 10_000
    }
    return digits + (rest >= 1_000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
  }
}
