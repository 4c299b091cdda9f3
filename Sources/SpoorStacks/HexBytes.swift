/// Bytes as lower-case hex and back.
enum HexBytes {
  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Empty if the text is not pairs of hex digits.
  static func decode(_ text: String) -> [UInt8] {
    let nibbles = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    guard nibbles.count == text.count, nibbles.count.isMultiple(of: 2) else { return [] }
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }
}
