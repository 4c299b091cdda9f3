/// The texts of an error, bounded.
enum ErrorText {
  /// Bytes of a message at most; the rest is named as a number.
  static let messageLimit = 2048

  static func type(of error: any Error) -> String { String(describing: Swift.type(of: error)) }

  /// The type with its module, the same in each run: the address that Swift prints for a private context is left out.
  static func qualifiedType(of error: any Error) -> String {
    var name = Substring(String(reflecting: Swift.type(of: error)))
    var result = ""
    while let start = name.firstRange(of: "(unknown context at $") {
      result += name[..<start.lowerBound]
      name = name[start.upperBound...]
      guard let end = name.firstRange(of: ").") else { break }
      name = name[end.upperBound...]
    }
    return result + name
  }

  static func message(of error: any Error) -> String { cut(String(describing: error)) }

  static func cut(_ text: String) -> String {
    let bytes = text.utf8.count
    guard bytes > messageLimit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: messageLimit)
    while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
    let kept = text[..<end]
    return "\(kept)…(\(bytes - kept.utf8.count) bytes more)"
  }
}
