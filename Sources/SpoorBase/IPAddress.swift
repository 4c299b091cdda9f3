// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address counts as IPv4.
package enum IPAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6(high: UInt64, low: UInt64)

  /// Reads `192.0.2.1`, `2001:db8::1` and `[2001:db8::1]`; `nil` for anything else, such as a name.
  package init?(_ text: Text) {
    guard text.count >= 2, text.count <= 47 else { return nil }
    if let v4 = Self.parseV4(text) {
      self = .v4(v4)
      return
    }
    var text = text
    if text[0] == UInt8(ascii: "["), text[text.count - 1] == UInt8(ascii: "]") { text = text.dropFirst(1).dropLast(1) }
    guard text.count >= 2, unsafe text.bytes.contains(UInt8(ascii: ":")) else { return nil }
    guard unsafe !text.bytes.contains(0) else { return nil }
    var address = in6_addr()
    let isAddress = unsafe withUnsafeTemporaryAllocation(byteCount: 48, alignment: 1) { room in
      unsafe room.copyMemory(from: text.bytes)
      unsafe room[text.count] = 0
      return unsafe inet_pton(AF_INET6, room.baseAddress?.assumingMemoryBound(to: CChar.self), &address) == 1
    }
    guard isAddress else { return nil }
    let (high, low) = unsafe withUnsafeBytes(of: address) { bytes in
      unsafe (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self = high == 0 && low >> 32 == 0xFFFF ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high: high, low: low)
  }

  /// Four decimal numbers up to 255 with dots between them, no leading zeros.
  private static func parseV4(_ text: Text) -> UInt32? {
    guard text.count >= 7, text.count <= 15 else { return nil }
    var result: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var dots = 0
    for index in 0..<text.count {
      switch text[index] {
      case UInt8(ascii: "."):
        guard digits > 0, dots < 3 else { return nil }
        result = result << 8 | part
        (part, digits, dots) = (0, 0, dots + 1)
      case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
        guard digits == 0 || part != 0 else { return nil }
        part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        guard part <= 255 else { return nil }
      default: return nil
      }
    }
    guard digits > 0, dots == 3 else { return nil }
    return result << 8 | part
  }
}

extension IPAddress {
  /// The 4 or 16 bytes, the first one first.
  package var bytes: [UInt8] {
    switch self {
    case .v4(let value): unsafe withUnsafeBytes(of: value.bigEndian) { unsafe Array($0) }
    case .v6(let high, let low): unsafe withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { unsafe Array($0) }
    }
  }
}

extension GrowingBytes {
  /// Appends the text form of the address: dotted decimals, or the form of RFC 5952.
  package mutating func append(_ address: IPAddress) {
    switch address {
    case .v4(let value):
      for shift: UInt32 in stride(from: 24, through: 0, by: -8) {
        appendDecimal(UInt64(value >> shift & 0xFF))
        if shift != 0 { append(UInt8(ascii: ".")) }
      }
    case .v6(let high, let low):
      let bytes = (high.bigEndian, low.bigEndian)
      unsafe appendUpTo(Int(INET6_ADDRSTRLEN)) { room in
        unsafe withUnsafeBytes(of: bytes) { bytes in
          let text = unsafe room.assumingMemoryBound(to: CChar.self)
          let end = unsafe inet_ntop(AF_INET6, bytes.baseAddress, text, socklen_t(INET6_ADDRSTRLEN))
          return unsafe end == nil ? 0 : strlen(text)
        }
      }
    }
  }
}
