/// W3C's `tracestate`: what other tracing systems hand on, in order, the newest first.
///
/// Unknown members are passed on as they came. At most 32 members are kept; a longer list loses its last ones.
/// https://www.w3.org/TR/trace-context/#tracestate-header
public struct TraceState: Hashable, Sendable {
  /// Key and value.
  public struct Member: Hashable, Sendable {
    /// `a-z`, digits, `_-*/`, and at most one `@`; up to 256 characters.
    public let key: String
    /// Printable ASCII without `,` and `=`; up to 256 characters.
    public let value: String
  }

  /// The most members that are kept.
  public static let maximumMembers = 32

  /// In the order of the header.
  public private(set) var members: [Member]

  /// Reads a header, or several joined with commas. Nil where it is invalid or empty: the specification then has it
  /// dropped whole, and `traceparent` used without it.
  public init?(header: String) {
    var members: [Member] = []
    for part in header.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
      let part = part.trimmed
      if part.isEmpty { continue }
      guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let key = part[..<equals]
      let value = part[part.index(after: equals)...]
      guard Self.isKey(key), Self.isValue(value) else { return nil }
      let name = String(decoding: key, as: UTF8.self)
      guard !members.contains(where: { $0.key == name }) else { return nil }
      if members.count < Self.maximumMembers {
        members.append(Member(key: name, value: String(decoding: value, as: UTF8.self)))
      }
    }
    guard !members.isEmpty else { return nil }
    self.members = members
  }

  /// A member's value.
  public subscript(key: String) -> String? { members.first { $0.key == key }?.value }

  /// The same with a member of one's own: changed or new, it stands first. Nil where key or value is invalid.
  public func setting(_ key: String, to value: String) -> TraceState? {
    guard Self.isKey(key.utf8[...]), Self.isValue(value.utf8[...]) else { return nil }
    var result = self
    result.members.removeAll { $0.key == key }
    result.members.insert(Member(key: key, value: value), at: 0)
    result.members = Array(result.members.prefix(Self.maximumMembers))
    return result
  }

  /// As the header has it.
  public var headerValue: String { members.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }

  private static func isKey(_ key: Substring.UTF8View) -> Bool {
    guard (1...256).contains(key.count), let first = key.first, isLowerAlphanumeric(first) else { return false }
    var ats = 0
    for character in key {
      switch character {
      case UInt8(ascii: "@"): ats += 1
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"): break
      default: guard isLowerAlphanumeric(character) else { return false }
      }
    }
    guard ats <= 1 else { return false }
    guard let at = key.firstIndex(of: UInt8(ascii: "@")) else { return true }
    // tenant@system: up to 241 and up to 14 characters, the system begins with a letter.
    let system = key[key.index(after: at)...]
    guard let letter = system.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) else { return false }
    return key[..<at].count <= 241 && system.count <= 14
  }

  private static func isValue(_ value: Substring.UTF8View) -> Bool {
    (1...256).contains(value.count)
      && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
      && value.last != UInt8(ascii: " ")
  }

  private static func isLowerAlphanumeric(_ character: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
  }
}

extension Substring.UTF8View {
  /// Without spaces and tabs at both ends: HTTP's optional white space.
  var trimmed: Substring.UTF8View {
    func isSpace(_ character: UInt8) -> Bool { character == 0x20 || character == 0x09 }
    var start = startIndex
    var end = endIndex
    while start < end, isSpace(self[start]) { start = index(after: start) }
    while start < end, isSpace(self[index(before: end)]) { end = index(before: end) }
    return self[start..<end]
  }
}
