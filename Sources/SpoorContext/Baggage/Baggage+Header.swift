// SPDX-License-Identifier: Apache-2.0

// The header form of baggage: `KEY=VALUE;PROPERTY;PROPERTY=VALUE,KEY=VALUE`, W3C Baggage, 3.3.

extension Baggage {
  /// Reads the value of a header; several headers of that name are joined by commas first, in their order.
  ///
  /// Entries do not depend on each other: a malformed one is left out alone, and so is one that does not fit the
  /// limits. Of entries with the same key the last one counts. `nil` if none is left. (Vapor joins several headers by
  /// `;`: the second one's first entry is then a property of the first one's last, and the two cannot be told apart.)
  ///
  /// At most the first 8 192 bytes and, of these, the first 64 members are looked at, in linear time: a header that
  /// anybody can send must not cost more than one within the limits. A member that goes beyond the bytes is left out.
  public init?(header: String) {
    var entries: [Entry] = []
    var places: [String: Int] = [:]
    var bytes = 0
    for member in Self.considered(header) {
      guard let entry = Entry(header: member) else { continue }
      // What does not fit is left out, as the limits ask: whole, and the rest kept.
      if let place = places[entry.key] {
        let changed = bytes - entries[place].encodedBytes + entry.encodedBytes
        guard changed <= Self.maximumBytes else { continue }
        entries[place] = entry
        bytes = changed
      } else {
        let changed = bytes + entry.encodedBytes + (entries.isEmpty ? 0 : 1)
        guard changed <= Self.maximumBytes else { continue }
        places[entry.key] = entries.count
        entries.append(entry)
        bytes = changed
      }
    }
    guard !entries.isEmpty else { return nil }
    self.init(checked: entries)
  }

  /// The members of a header that are looked at.
  private static func considered(_ header: String) -> ArraySlice<Substring.UTF8View> {
    var text = header.utf8[...]
    if text.count > maximumBytes {
      let end = text.index(text.startIndex, offsetBy: maximumBytes)
      let isWhole = text[end] == UInt8(ascii: ",")
      text = text[..<end]
      if !isWhole { text = text[..<(text.lastIndex(of: UInt8(ascii: ",")) ?? text.startIndex)] }
    }
    return text.split(separator: UInt8(ascii: ",")).prefix(maximumEntries)
  }

  /// The header's value; `nil` if the baggage is empty, because then no header is sent.
  public var headerValue: String? {
    guard !isEmpty else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(entries.encodedBytes)
    for entry in entries {
      if !text.isEmpty { text.append(UInt8(ascii: ",")) }
      text.append(contentsOf: entry.key.utf8)
      text.append(UInt8(ascii: "="))
      PercentCoding.append(entry.value, to: &text, where: \.needsPercentEncoding)
      for property in entry.properties {
        text.append(UInt8(ascii: ";"))
        text.append(contentsOf: property.key.utf8)
        guard let value = property.value else { continue }
        text.append(UInt8(ascii: "="))
        PercentCoding.append(value, to: &text, where: \.needsPercentEncoding)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Baggage.Entry {
  fileprivate init?(header member: Substring.UTF8View) {
    let parts = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard let first = parts.first, case (let key, let value?)? = keyAndValue(first) else { return nil }
    self.key = key
    self.value = value
    var properties: [Baggage.Property] = []
    for part in parts.dropFirst() {
      // A trailing or doubled semicolon is harmless.
      if part.trimmingBlanks().isEmpty { continue }
      guard let (key, value) = keyAndValue(part) else { return nil }
      properties.append(Baggage.Property(key: key, value: value))
    }
    self.properties = properties
  }
}

/// Parses `KEY` or `KEY=VALUE`, trims blanks and decodes the value; `nil` if either breaks a rule.
private func keyAndValue(_ text: Substring.UTF8View) -> (key: String, value: String?)? {
  let equals = text.firstIndex(of: UInt8(ascii: "="))
  let key = String(Substring(text[..<(equals ?? text.endIndex)].trimmingBlanks()))
  guard key.isToken else { return nil }
  guard let equals else { return (key, nil) }
  let value = text[text.index(after: equals)...].trimmingBlanks()
  guard value.allSatisfy(\.isBaggageOctet) else { return nil }
  return (key, PercentCoding.decoded(value))
}

extension [Baggage.Entry] {
  /// The length of the header's value.
  var encodedBytes: Int { reduce(Swift.max(0, count - 1)) { $0 + $1.encodedBytes } }
}

extension Baggage.Entry {
  /// The length of the entry in a header.
  fileprivate var encodedBytes: Int {
    var bytes = key.utf8.count + 1 + value.percentEncodedBytes
    for property in properties {
      bytes += 1 + property.key.utf8.count
      if let value = property.value { bytes += 1 + value.percentEncodedBytes }
    }
    return bytes
  }
}

extension String {
  /// A token of HTTP (RFC 9110, 5.6.2).
  var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenCharacter) }

  fileprivate var percentEncodedBytes: Int {
    utf8.reduce(0) { $0 + ($1.needsPercentEncoding ? 3 : 1) }
  }
}

extension UInt8 {
  private var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }

  fileprivate var isTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"): true
    case UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    case UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"): true
    default: isLetterOrDigit
    }
  }

  /// Printable ASCII but space, `"`, `,`, `;` and `\`.
  fileprivate var isBaggageOctet: Bool {
    switch self {
    case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
    default: false
    }
  }

  fileprivate var needsPercentEncoding: Bool { !isBaggageOctet || self == UInt8(ascii: "%") }
}
