// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding: RFC 3986, 2.1.
package enum PercentCoding {
  /// Decodes a text. A `%` that is not followed by two hexadecimal digits is kept; invalid UTF-8 becomes U+FFFD.
  package static func decoded(_ text: Substring.UTF8View) -> String {
    guard text.contains(UInt8(ascii: "%")) else { return String(Substring(text)) }
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, digits.allSatisfy(\.isHexDigit),
        let decoded = UInt8(Substring(digits), radix: 16)
      {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether every `%` is followed by two hexadecimal digits.
  package static func isValid(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
      rest = rest[rest.index(after: percent)...]
      guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(\.isHexDigit) else { return false }
    }
    return true
  }

  /// Appends the text and percent-encodes the bytes for which `needsEncoding` is true.
  static func append(_ text: String, to output: inout [UInt8], where needsEncoding: (UInt8) -> Bool) {
    let digits: StaticString = "0123456789ABCDEF"
    for byte in text.utf8 {
      guard needsEncoding(byte) else {
        output.append(byte)
        continue
      }
      output.append(UInt8(ascii: "%"))
      // Both indices are below 16.
      unsafe output.append(digits.utf8Start[Int(byte >> 4)])
      unsafe output.append(digits.utf8Start[Int(byte & 15)])
    }
  }
}

extension UInt8 {
  var isHexDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
