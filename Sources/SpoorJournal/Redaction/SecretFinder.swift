// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Finds secrets in URLs, queries and texts that contain them: the user and password before a host, and the values of
/// parameters with secret names.
///
/// A parameter is `NAME=VALUE` at the start of the text or after a blank, another `=`, or one of `? & ; # : , ( { | " '
/// < >`. Percent-encoded forms of these count too, so that a URL inside another URL's parameter is searched as well.
/// The time is linear in the text's length.
struct SecretFinder {
  /// Whether a parameter's value is secret, given its name and whether that is in a URL's query or fragment.
  let isSecret: (_ name: String, _ isInURL: Bool) -> Bool

  /// The maximum number of bytes that are searched, far above all length limits. The rest of a longer text is replaced
  /// as a whole.
  static let limit = 128 << 10

  /// The text with its secrets replaced; nil if it contains none.
  ///
  /// - Parameter isQuery: whether the text is a URL's query even without a `?` at its start.
  func replaced(_ text: String, isQuery: Bool) -> String? {
    let all = Array(text.utf8.prefix(Self.limit))
    var scan = Scan(bytes: all, isSecret: isSecret, isInURL: isQuery)
    scan.run()
    let isLonger = text.utf8.count > Self.limit
    guard !scan.secrets.isEmpty || isLonger else { return nil }
    var result: [UInt8] = []
    var position = 0
    for secret in scan.secrets {
      result += all[position..<secret.lowerBound]
      result += Redaction.replacement.utf8
      position = secret.upperBound
    }
    result += all[position...]
    if isLonger { result += Redaction.replacement.utf8 }
    return String(decoding: result, as: UTF8.self)
  }
}

/// One pass over a text.
private struct Scan {
  let bytes: [UInt8]
  let isSecret: (String, Bool) -> Bool
  /// Whether the position is in a URL's query or fragment.
  var isInURL: Bool
  /// The ranges to be replaced, in order.
  private(set) var secrets: [Range<Int>] = []

  private var position = 0
  private var nameStart = 0
  /// The word around the position (text without blanks and quotes): its end, and its last `@`.
  private var word: (end: Int, lastAt: Int?) = (0, nil)

  init(bytes: [UInt8], isSecret: @escaping (String, Bool) -> Bool, isInURL: Bool) {
    self.bytes = bytes
    self.isSecret = isSecret
    self.isInURL = isInURL
  }

  mutating func run() {
    while position < bytes.count {
      let (byte, length) = decoded(at: position)
      let next = position + length
      switch byte {
      case UInt8(ascii: "="):
        takeParameter(isEncoded: length > 1, valueStart: next)
      case UInt8(ascii: ":"):
        nameStart = next
        position = next
        takeUser()
      case UInt8(ascii: "?"), UInt8(ascii: "#"):
        isInURL = true
        (position, nameStart) = (next, next)
      case UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: "{"),
        UInt8(ascii: "|"):
        (position, nameStart) = (next, next)
      case _ where length == 1 && Self.endsWord(byte):
        isInURL = false
        (position, nameStart) = (next, next)
      default:
        position = next
      }
    }
  }

  /// The decoded byte at an index and its encoded length: `%3D` and `%253D` are `=`.
  private func decoded(at index: Int) -> (byte: UInt8, length: Int) {
    guard bytes[index] == UInt8(ascii: "%") else { return (bytes[index], 1) }
    var digits = index + 1
    while digits + 3 < bytes.count, digits < index + 7, bytes[digits] == UInt8(ascii: "2"),
      bytes[digits + 1] == UInt8(ascii: "5")
    {
      digits += 2
    }
    guard digits + 1 < bytes.count, let high = HexBytes.value(bytes[digits]),
      let low = HexBytes.value(bytes[digits + 1])
    else {
      return (bytes[index], 1)
    }
    return (high << 4 | low, digits + 2 - index)
  }

  /// Whether a byte ends a word: a blank, control character, quote or angle bracket, none of which occurs in URLs.
  private static func endsWord(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "<")
      || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "`")
  }

  // MARK: User and password

  /// Called after a `:`. Takes `//user:password@` if it follows.
  private mutating func takeUser() {
    let slash = UInt8(ascii: "/")
    guard position < bytes.count, decoded(at: position).byte == slash else { return }
    let second = position + decoded(at: position).length
    guard second < bytes.count, decoded(at: second).byte == slash else { return }
    let start = second + decoded(at: second).length
    lookAhead(from: start)
    var end = start
    var colon: Int?
    var at: (start: Int, end: Int)?
    while end < word.end {
      let (byte, length) = decoded(at: end)
      if byte == slash || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
      if byte == UInt8(ascii: ":"), colon == nil { colon = end + length }
      if byte == UInt8(ascii: "@") { at = (end, end + length) }
      end += length
    }
    position = start
    nameStart = start
    // The password contains a `/`, which should have been encoded, so the apparent port is part of the password.
    if at == nil, let colon, let last = word.lastAt, last >= end, start < bytes.count,
      bytes[start] != UInt8(ascii: "["), !isPort(colon..<end)
    {
      at = (last, last + 1)
    }
    guard let at, at.start > start else { return }
    replace(start..<at.start)
    (position, nameStart) = (at.end, at.end)
  }

  private func isPort(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 &- 0x30 < 10 } }

  /// Finds the end of the word around a position. Each word is scanned only once.
  private mutating func lookAhead(from start: Int) {
    guard start >= word.end else { return }
    word = (start, nil)
    while word.end < bytes.count, !Self.endsWord(bytes[word.end]) {
      if bytes[word.end] == UInt8(ascii: "@") { word.lastAt = word.end }
      word.end += 1
    }
  }

  // MARK: Parameters

  private mutating func takeParameter(isEncoded: Bool, valueStart: Int) {
    let name = max(nameStart, position - 256)..<position
    (position, nameStart) = (valueStart, valueStart)
    guard !name.isEmpty, let text = text(of: name), isSecretName(text) else { return }
    let end = valueEnd(valueStart, isEncoded: isEncoded)
    guard end.upperBound > end.lowerBound else { return }
    replace(end)
    (position, nameStart) = (end.upperBound, end.upperBound)
  }

  /// A decoded name; nil for a path.
  private func text(of range: Range<Int>) -> String? {
    var result: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let (byte, length) = decoded(at: index)
      if byte == UInt8(ascii: "/") { return nil }
      result.append(byte)
      index += length
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// `user[password]` is secret if all of it or one of its parts is.
  private func isSecretName(_ name: String) -> Bool {
    if isSecret(name, isInURL) { return true }
    guard name.utf8.contains(UInt8(ascii: "[")) else { return false }
    return name.split(whereSeparator: { $0 == "[" || $0 == "]" }).contains { isSecret(String($0), isInURL) }
  }

  /// The range of a secret value. A quoted value ends at its quote; any other at a blank, a quote, `&`, `#`, or a `;`
  /// before another parameter.
  private func valueEnd(_ start: Int, isEncoded: Bool) -> Range<Int> {
    guard start < bytes.count else { return start..<start }
    let first = bytes[start]
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
      let end = bytes[(start + 1)...].firstIndex(of: first) ?? bytes.count
      return start + 1..<end
    }
    var end = start
    var semicolon: Int?
    while end < bytes.count, !Self.endsWord(bytes[end]) {
      let (byte, length) = isEncoded ? decoded(at: end) : (bytes[end], 1)
      if byte == UInt8(ascii: "&") || (byte == UInt8(ascii: "#") && isInURL) { break }
      if byte == UInt8(ascii: ";") { semicolon = end }
      if byte == UInt8(ascii: "="), let semicolon { return start..<semicolon }
      end += length
    }
    return start..<end
  }

  private mutating func replace(_ range: Range<Int>) {
    // A value that was already replaced is left alone.
    if bytes[range].elementsEqual(Redaction.replacement.utf8) { return }
    secrets.append(range)
  }
}
