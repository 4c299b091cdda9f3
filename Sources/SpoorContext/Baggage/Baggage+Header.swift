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
      text.append(percentEncoding: entry.value)
      for property in entry.properties {
        text.append(UInt8(ascii: ";"))
        text.append(contentsOf: property.key.utf8)
        guard let value = property.value else { continue }
        text.append(UInt8(ascii: "="))
        text.append(percentEncoding: value)
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
  return (key, percentDecoded(value))
}

/// A `%` that no two hexadecimal digits follow stays what it is; bytes that are no UTF-8 become U+FFFD.
private func percentDecoded(_ text: Substring.UTF8View) -> String {
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

extension [UInt8] {
  fileprivate mutating func append(percentEncoding text: String) {
    let digits = [UInt8]("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      if byte.needsPercentEncoding {
        append(UInt8(ascii: "%"))
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
      } else {
        append(byte)
      }
    }
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

  fileprivate var isHexDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
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
