#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Addresses that begin with the same bits: `10.0.0.0/8`, `fd00::/8`, or one address alone.
public struct AddressRange: Hashable, Sendable {
  private let bytes: [UInt8]
  private let bits: Int

  /// Reads `ADDRESS` or `ADDRESS/BITS`, IPv4 or IPv6; `nil` for anything else. Bits beyond the prefix do not count. An
  /// IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
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

  /// Whether the address lies in it. What is no address lies nowhere; a zone (`fe80::1%eth0`) is passed over.
  public func contains(_ address: String) -> Bool {
    guard let other = Self.address(address), other.count == bytes.count else { return false }
    let whole = bits / 8
    guard other[..<whole] == bytes[..<whole] else { return false }
    guard bits % 8 != 0 else { return true }
    let mask = UInt8.max << UInt8(8 - bits % 8)
    return other[whole] & mask == bytes[whole] & mask
  }

  /// 4 or 16 bytes.
  private static func address(_ text: String) -> [UInt8]? {
    let text = text.prefix { $0 != "%" }
    var short = [UInt8](repeating: 0, count: 4)
    if unsafe inet_pton(AF_INET, String(text), &short) == 1 { return short }
    var long = [UInt8](repeating: 0, count: 16)
    guard unsafe inet_pton(AF_INET6, String(text), &long) == 1 else { return nil }
    let mapped = long[..<10].allSatisfy { $0 == 0 } && long[10] == 0xFF && long[11] == 0xFF
    return mapped ? Array(long[12...]) : long
  }
}
