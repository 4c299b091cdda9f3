// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A range of addresses with a common prefix (`10.0.0.0/8`, `fd00::/8`) or a single address.
public struct AddressRange: Hashable, Sendable {
  private let bytes: [UInt8]
  private let bits: Int

  /// Reads `ADDRESS` or `ADDRESS/BITS`, IPv4 or IPv6; `nil` for anything else. Bits after the prefix are ignored. An
  /// IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = Self.address(String(first)) else { return nil }
    var bits = address.count * 8
    if parts.count == 2 {
      guard let given = Int(parts[1]), parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), (0...bits).contains(given)
      else { return nil }
      bits = given
    }
    self.bytes = address
    self.bits = bits
  }

  /// Whether the range contains the address. `false` for a text that is not an address; a zone (`fe80::1%eth0`) is
  /// ignored.
  public func contains(_ address: String) -> Bool {
    guard let other = Self.address(address), other.count == bytes.count else { return false }
    let whole = bits / 8
    guard other[..<whole] == bytes[..<whole] else { return false }
    guard bits % 8 != 0 else { return true }
    let mask = UInt8.max << UInt8(8 - bits % 8)
    return other[whole] & mask == bytes[whole] & mask
  }

  /// 4 or 16 bytes. Brackets, as in URLs, are not allowed here.
  private static func address(_ text: String) -> [UInt8]? {
    guard !text.hasPrefix("[") else { return nil }
    return Text.with(String(text.prefix { $0 != "%" })) { IPAddress($0)?.bytes }
  }
}
