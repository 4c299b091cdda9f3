/// W3C Baggage: the caller's own fields that travel with a request. https://www.w3.org/TR/baggage/
///
/// At most 64 members and 8192 bytes are kept, in order; what goes beyond is left out. A member that is not valid is
/// passed over, the others stay.
public struct Baggage: Hashable, Sendable {
  /// Key, value (decoded), and properties as they came (`;key=value`, without the first `;`).
  public struct Member: Hashable, Sendable {
    /// A token of RFC 7230.
    public let key: String
    /// Any text; percent-encoded in the header.
    public var value: String
    /// As in the header, or empty.
    public var properties: String
  }

  /// The limits of the specification.
  public static let maximumMembers = 64
  /// Bytes of the header.
  public static let maximumBytes = 8192

  /// In the order of the header.
  public private(set) var members: [Member] = []

  /// No fields.
  public init() {}

  /// Reads a header, or several joined with commas. Nil where nothing in it is valid.
  public init?(header: String) {
    for part in header.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
      let pieces = part.split(separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
      guard let equals = pieces[0].firstIndex(of: UInt8(ascii: "=")) else { continue }
      let key = pieces[0][..<equals].trimmed
      let value = pieces[0][pieces[0].index(after: equals)...].trimmed
      guard Self.isToken(key), let decoded = Self.percentDecoded(value) else { continue }
      append(
        Member(
          key: String(decoding: key, as: UTF8.self), value: decoded,
          properties: pieces.count > 1 ? String(decoding: pieces[1].trimmed, as: UTF8.self) : ""))
    }
    guard !members.isEmpty else { return nil }
  }

  /// The value of a key. Setting to nil removes it; a key that is no token, or one too many, is left out.
  public subscript(key: String) -> String? {
    get { members.first { $0.key == key }?.value }
    set {
      guard let newValue else { return members.removeAll { $0.key == key } }
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = newValue
      } else if Self.isToken(key.utf8[...]) {
        append(Member(key: key, value: newValue, properties: ""))
      }
    }
  }

  /// The same with only these keys.
  public func keeping(_ keys: Set<String>) -> Baggage {
    var result = self
    result.members.removeAll { !keys.contains($0.key) }
    return result
  }

  /// As the header has it.
  public var headerValue: String { members.map(Self.text).joined(separator: ",") }

  private mutating func append(_ member: Member) {
    guard members.count < Self.maximumMembers, !members.contains(where: { $0.key == member.key }),
      headerValue.utf8.count + 1 + Self.text(member).utf8.count <= Self.maximumBytes
    else { return }
    members.append(member)
  }

  private static func text(_ member: Member) -> String {
    "\(member.key)=\(percentEncoded(member.value))" + (member.properties.isEmpty ? "" : ";\(member.properties)")
  }

  private static func isToken(_ key: Substring.UTF8View) -> Bool {
    !key.isEmpty && key.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""(),/:;<=>?@[\]{}"#.utf8.contains($0) }
  }

  /// The characters that a value may hold as they are: printable ASCII without `"`, `,`, `;`, `\` and `%`.
  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7F, !#"",;\%"#.utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func percentDecoded(_ text: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(decoding: bytes, as: UTF8.self)  // What is not UTF-8 becomes U+FFFD, as the specification asks.
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
