internal import CSpoor

/// What must not be written down: decided before a byte enters the journal, so that no secret lies in a file.
///
/// A key is looked at without its prefix and its case: `http.request.header.authorization`, `Authorization` and
/// `authorization` are the same. In URLs and query strings the values of parameters with such names are replaced.
public struct Redaction: Sendable {
  /// What is written in place of a secret.
  public static let replacement = "[redacted]"

  /// The names that are redacted unless told otherwise.
  public static let defaultNames = [
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "api_key", "apikey",
    "x-auth-token", "token", "access_token", "refresh_token", "id_token", "auth_token", "csrf_token", "session_token",
    "password", "passwd", "pwd", "secret", "client_secret", "private_key", "credential", "credentials",
  ]

  private let names: NameSet
  private let custom: (@Sendable (_ key: String, _ value: String) -> String?)?

  /// - Parameters:
  ///   - names: the names that are secret, in any case.
  ///   - custom: is asked for every other text; what it returns is written in its place, nil leaves it as it is. It runs
  ///     on the caller's thread, for each field: keep it short.
  public init(
    names: [String] = Redaction.defaultNames, custom: (@Sendable (_ key: String, _ value: String) -> String?)? = nil
  ) {
    self.names = NameSet(names.map { $0.lowercased() })
    self.custom = custom
  }

  /// Nothing is redacted.
  public static let none = Redaction(names: [])

  /// Whether a field of this key is a secret whatever its value.
  package func isSecret(_ key: String) -> Bool {
    var key = key
    return key.withUTF8 { unsafe isSecret(UnsafeRawBufferPointer($0)) }
  }

  /// The same of a key's bytes.
  package func isSecret(_ key: UnsafeRawBufferPointer) -> Bool {
    guard !names.isEmpty else { return false }
    var start = key.count
    var seen: UInt8 = 0
    while start > 0 {
      let byte = unsafe key[start - 1]
      if byte == UInt8(ascii: ".") { break }
      seen |= byte
      start -= 1
    }
    let name = unsafe UnsafeRawBufferPointer(rebasing: key[start...])
    guard seen >= 0x80 else { return unsafe names.contains(name, ignoringCase: true) }
    // Not ASCII: only the string knows its lower case, whose length may be another.
    var lower = unsafe String(decoding: name, as: UTF8.self).lowercased()
    return lower.withUTF8 { unsafe names.contains(UnsafeRawBufferPointer($0)) }
  }

  /// Whether anything but ``isSecret(_:)`` could have a text of this key changed: most fields need not be asked twice.
  package func leavesAlone(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe custom == nil && !isSecret(key) && !Self.mayHoldQuery(key)
  }

  /// What is to be written for this text: nil where it may be written as it is.
  package func replacement(key: String, value: String) -> String? {
    if isSecret(key) { return Self.replacement }
    if Self.mayHoldQuery(key), let cleaned = redactedQuery(value, isBare: key.hasSuffix("query")) { return cleaned }
    return custom?(key, value)
  }

  /// Keys that hold URLs or queries, by OpenTelemetry's old and new names.
  private static func mayHoldQuery(_ key: String) -> Bool {
    var key = key
    return key.withUTF8 { unsafe mayHoldQuery(UnsafeRawBufferPointer($0)) }
  }

  private static func mayHoldQuery(_ key: UnsafeRawBufferPointer) -> Bool {
    switch key.count {
    case 8: unsafe equal(key, "url.full") || equal(key, "http.url") || equal(key, "url.path")
    case 9: unsafe equal(key, "url.query")
    case 11: unsafe equal(key, "http.target")
    default: false
    }
  }

  @inline(__always)
  private static func equal(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    guard let bytes = key.baseAddress else { return false }
    return unsafe spoor_compare(bytes, name.utf8Start, name.utf8CodeUnitCount)
  }

  /// The text with the values of secret parameters replaced, or nil where there is none.
  private func redactedQuery(_ text: String, isBare: Bool) -> String? {
    guard !names.isEmpty else { return nil }
    let start: String.Index
    if isBare {
      start = text.startIndex
    } else {
      guard let mark = text.firstIndex(of: "?") else { return nil }
      start = text.index(after: mark)
    }
    var changed = false
    let parts = text[start...].split(separator: "&", omittingEmptySubsequences: false).map { part -> Substring in
      guard let equals = part.firstIndex(of: "="), isSecret(String(part[..<equals])) else { return part }
      changed = true
      return part[...equals] + Self.replacement
    }
    return changed ? text[..<start] + parts.joined(separator: "&") : nil
  }
}
