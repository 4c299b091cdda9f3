// SPDX-License-Identifier: Apache-2.0

/// The data of other tracing systems: W3C `tracestate`, a list of members with a key and a value, the latest first.
///
/// It is stored as one valid text without blanks, so that passing it on costs nothing.
/// Source of the rules: W3C Trace Context Level 2, 3.3.
public struct TraceState: Hashable, Sendable {
  /// One member of the list.
  public struct Member: Hashable, Sendable {
    /// The key: 1 to 256 of `a`–`z`, digits, `_`, `-`, `*`, `/`, `@`; the first is a letter or a digit.
    public let key: String
    /// The value: 1 to 256 printable ASCII characters except `,` and `=`; the last is not a space.
    public let value: String
  }

  /// The maximum number of members.
  public static let maximumMembers = 32

  /// The most bytes that are read: 32 members at their limits with their commas, and as much again for blanks. A longer
  /// header is dropped unread.
  static let maximumBytes = 2 * maximumMembers * (256 + 1 + 256 + 1)

  /// The header's value: members joined by commas, without blanks.
  public let headerValue: String

  /// Reads the value of a header; several headers of that name are joined by commas first, in their order.
  ///
  /// Empty members and blanks around members are ignored. If a key occurs twice, the first member counts, because it is
  /// the latest. `nil` if a member is malformed, or if more than 32 members or none remain: an invalid list is dropped
  /// as a whole, as the W3C test suite requires, without affecting `traceparent`.
  ///
  /// Vapor joins several headers with `;`. Such a list is split again, which is unambiguous because a value contains no
  /// `=`.
  public init?(header: String) {
    guard let members = Self.split(header), !members.isEmpty else { return nil }
    self.init(members: members)
  }

  /// Creates a list of one member; `nil` if the key or the value breaks a rule.
  public init?(key: String, value: String) {
    guard Self.isKey(key[...]), Self.isValue(value[...]) else { return nil }
    headerValue = "\(key)=\(value)"
  }

  private init(members: [Substring]) {
    headerValue = members.joined(separator: ",")
  }

  /// The members in order.
  public var members: [Member] {
    memberTexts.map { Member(key: String(Self.key(of: $0)), value: String(Self.value(of: $0))) }
  }

  /// The value of the member with that key.
  public subscript(key: String) -> String? {
    memberTexts.first { Self.key(of: $0) == key }.map { String(Self.value(of: $0)) }
  }

  /// A copy with the member in front, as the rules require for a new or changed one. An older member with the same key
  /// is removed. Above 32 members the last one, the oldest, is removed. `nil` if the key or the value breaks a rule.
  public func setting(_ key: String, to value: String) -> TraceState? {
    guard Self.isKey(key[...]), Self.isValue(value[...]) else { return nil }
    let others = memberTexts.filter { Self.key(of: $0) != key }.prefix(Self.maximumMembers - 1)
    return TraceState(members: ["\(key)=\(value)"] + others)
  }

  /// A copy without that member; `nil` if no member remains.
  public func removing(key: String) -> TraceState? {
    let others = memberTexts.filter { Self.key(of: $0) != key }
    return others.isEmpty ? nil : TraceState(members: others)
  }

  private var memberTexts: [Substring] {
    headerValue.split(separator: ",")
  }
}

// MARK: - Reading

extension TraceState {
  /// The valid members of a header, without blanks, empty ones and repeated ones; `nil` if one of them breaks a rule.
  private static func split(_ header: String) -> [Substring]? {
    guard header.utf8.count <= maximumBytes else { return nil }
    var members: [Substring] = []
    for text in header.utf8.split(separator: UInt8(ascii: ",")) {
      let member = Substring(text.trimmingBlanks())
      if member.isEmpty { continue }
      guard append(member, to: &members) else { return nil }
    }
    return members
  }

  /// Adds the members of `text`: one member, or several joined by ";". Returns `false` if one breaks a rule.
  private static func append(_ text: Substring, to members: inout [Substring]) -> Bool {
    var rest = text
    while !rest.isEmpty {
      var member = rest
      var value = value(of: member)
      rest = ""
      // A second "=" can only come from a list joined by ";": split there, or reject the list.
      if let equals = value.utf8.firstIndex(of: UInt8(ascii: "=")) {
        guard let semicolon = value.utf8[..<equals].lastIndex(of: UInt8(ascii: ";")) else { return false }
        rest = Substring(member.utf8[member.utf8.index(after: semicolon)...].trimmingBlanks())
        member = Substring(member.utf8[..<semicolon].trimmingBlanks())
        value = Self.value(of: member)
      }
      let key = key(of: member)
      guard isKey(key), isValue(value) else { return false }
      if members.contains(where: { Self.key(of: $0) == key }) { continue }
      guard members.count < maximumMembers else { return false }
      members.append(member)
    }
    return true
  }

  /// The part before the first "="; the whole text if there is none.
  private static func key(of member: Substring) -> Substring {
    member.utf8.firstIndex(of: UInt8(ascii: "=")).map { member[..<$0] } ?? member
  }

  /// The part after the first "="; empty if there is none.
  private static func value(of member: Substring) -> Substring {
    member.utf8.firstIndex(of: UInt8(ascii: "=")).map { member[member.utf8.index(after: $0)...] } ?? ""
  }

  /// The grammar of Level 2, which includes Level 1's: `( lcalpha / DIGIT ) 0*255 ( keychar )`.
  private static func isKey(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, first.isLowercaseLetterOrDigit, text.utf8.count <= 256 else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"): true
      default: byte.isLowercaseLetterOrDigit
      }
    }
  }

  /// `0*255(chr) nblk-chr`, where `chr` is 0x20 to 0x7E except `,` and `=`.
  private static func isValue(_ text: Substring) -> Bool {
    guard let last = text.utf8.last, last != UInt8(ascii: " "), text.utf8.count <= 256 else { return false }
    return text.utf8.allSatisfy { byte in
      (0x20...0x7E).contains(byte) && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "=")
    }
  }
}

extension String {
  /// The text without the spaces and tabs around it.
  func trimmingBlanks() -> Substring {
    Substring(self[...].utf8.trimmingBlanks())
  }
}

extension Substring.UTF8View {
  /// The view without the spaces and tabs around it.
  func trimmingBlanks() -> Substring.UTF8View {
    var view = self
    while let first = view.first, first.isBlank { view = view.dropFirst() }
    while let last = view.last, last.isBlank { view = view.dropLast() }
    return view
  }
}

extension UInt8 {
  fileprivate var isLowercaseLetterOrDigit: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }
}
