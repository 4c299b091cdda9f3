// SPDX-License-Identifier: Apache-2.0

/// An IPv6 address, read and written by the rules of RFC 4291 and RFC 5952.
public struct IPv6Address: Sendable, Hashable {
  /// The first eight bytes.
  public let high: UInt64
  /// The last eight bytes.
  public let low: UInt64

  /// Creates an address from its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads an address without brackets or a zone; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    self.init(digits: Array(text.utf8)[...])
  }

  init?(digits: ArraySlice<UInt8>) {
    guard digits.count >= 2, digits.count <= 45 else { return nil }
    let colon = UInt8(ascii: ":")
    var halves: [[UInt16]] = [[]]
    var rest = digits
    if rest.starts(with: [colon, colon]) {
      halves.append([])
      rest = rest.dropFirst(2)
    }
    while let first = rest.first {
      if first == colon {
        // The second colon of a "::", which may occur once.
        guard halves.count == 1, !halves[0].isEmpty else { return nil }
        halves.append([])
        rest = rest.dropFirst()
        continue
      }
      let group = rest.prefix { $0 != colon }
      rest = rest.dropFirst(group.count)
      if rest.isEmpty, group.contains(UInt8(ascii: ".")) {
        guard let tail = IPv4Address(digits: group) else { return nil }
        halves[halves.count - 1] += [UInt16(tail.value >> 16), UInt16(truncatingIfNeeded: tail.value)]
        break
      }
      guard group.count <= 4, let value = Self.group(group) else { return nil }
      halves[halves.count - 1].append(value)
      if !rest.isEmpty {
        rest = rest.dropFirst()
        if rest.isEmpty { return nil }
      }
    }
    let count = halves.reduce(0) { $0 + $1.count }
    guard halves.count == 2 ? count < 8 : count == 8 else { return nil }
    let groups = halves[0] + Array(repeating: 0, count: 8 - count) + (halves.count == 2 ? halves[1] : [])
    self.init(
      high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }, low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) })
  }

  private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard !digits.isEmpty else { return nil }
    var value: UInt16 = 0
    for byte in digits {
      guard let digit = HexID.anyCaseDigit(byte) else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  /// The IPv4 address that this one wraps (`::ffff:a.b.c.d` or the older `::a.b.c.d`); `nil` for all others, including
  /// `::` and `::1`.
  public var wrappedIPv4: IPv4Address? {
    guard high == 0 else { return nil }
    switch low >> 32 {
    case 0xffff: return IPv4Address(value: UInt32(truncatingIfNeeded: low))
    case 0 where low > 0xffff: return IPv4Address(value: UInt32(truncatingIfNeeded: low))
    default: return nil
    }
  }
}

extension IPv6Address: CustomStringConvertible {
  /// The shortest form, by RFC 5952: the longest run of zeros (two groups or more, the first if equal) is `::`.
  public var description: String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 % 4))) }
    var longest = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > longest.count { longest = start..<end }
      start = max(end, start + 1)
    }
    let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
    guard !longest.isEmpty else { return text(groups[...]) }
    return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
  }
}
