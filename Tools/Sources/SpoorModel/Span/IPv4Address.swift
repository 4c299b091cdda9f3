// SPDX-License-Identifier: Apache-2.0

/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable {
  /// The four bytes, the first in the most significant place.
  public let value: UInt32

  /// Creates an address from its number.
  public init(value: UInt32) {
    self.value = value
  }

  /// Reads dotted decimal, four numbers of 0 to 255 without leading zeros; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    self.init(digits: Array(text.utf8)[...])
  }

  init?(digits: ArraySlice<UInt8>) {
    guard digits.count <= 15 else { return nil }
    var value: UInt32 = 0
    let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
      var number: UInt32 = 0
      for byte in part {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
      }
      guard number <= 255 else { return nil }
      value = value << 8 | number
    }
    self.value = value
  }
}

extension IPv4Address: CustomStringConvertible {
  /// Dotted decimal.
  public var description: String {
    "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
  }
}
