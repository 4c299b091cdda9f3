// SPDX-License-Identifier: Apache-2.0

/// Bytes as lower-case hex and back. (``BytesWriter/appendHex(_:)`` writes 16 digits at once.)
public enum HexBytes {
  /// The digit of a number below 16.
  @inlinable
  @inline(__always)
  public static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// The number of a digit in upper or lower case; nil for any other byte.
  package static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
  }

  /// The 16 digits of a number.
  package static func encode(_ value: UInt64) -> String {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe encode($0) }
  }

  /// Decodes pairs of hex digits; empty if the text is anything else.
  package static func decode(_ text: String) -> [UInt8] {
    let nibbles = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    guard nibbles.count == text.count, nibbles.count.isMultiple(of: 2) else { return [] }
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }
}
