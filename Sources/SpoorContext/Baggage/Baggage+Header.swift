// How a baggage is written in a header: `KEY=VALUE;PROPERTY;PROPERTY=VALUE,KEY=VALUE`, W3C Baggage, 3.3.

extension Baggage {
  /// Reads the value of a header; several headers of that name are joined by commas first, in their order.
  ///
  /// Entries do not depend on each other: a malformed one is left out alone, and so is one that does not fit the limits. Of
  /// entries with the same key the last one counts. `nil` if none is left. (Vapor joins several headers by `;`: the second
  /// one's first entry is then a property of the first one's last, which nobody can tell apart.)
  public init?(header: String) {
    var baggage = Baggage()
    for member in header.utf8.split(separator: UInt8(ascii: ",")) {
      guard let entry = Entry(header: member) else { continue }
      // What does not fit is left out, as the limits ask: whole, and the rest kept.
      try? baggage.set(entry.value, forKey: entry.key, properties: entry.properties)
    }
    guard !baggage.isEmpty else { return nil }
    self = baggage
  }

  /// The header's value; `nil` where there is no entry and so no header.
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
      // A semicolon too many is harmless.
      if part.trimmingBlanks().isEmpty { continue }
      guard let (key, value) = keyAndValue(part) else { return nil }
      properties.append(Baggage.Property(key: key, value: value))
    }
    self.properties = properties
  }
}

/// `KEY` or `KEY=VALUE` with the blanks off and the value decoded; `nil` if either breaks a rule.
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
  var encodedBytes: Int {
    var bytes = Swift.max(0, count - 1)
    for entry in self {
      bytes += entry.key.utf8.count + 1 + entry.value.percentEncodedBytes
      for property in entry.properties {
        bytes += 1 + property.key.utf8.count
        if let value = property.value { bytes += 1 + value.percentEncodedBytes }
      }
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
