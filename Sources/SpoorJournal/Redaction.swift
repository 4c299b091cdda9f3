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

  private let names: Set<String>
  private let lengths: UInt64
  private let custom: (@Sendable (_ key: String, _ value: String) -> String?)?

  /// - Parameters:
  ///   - names: the names that are secret, in any case.
  ///   - custom: is asked for every other text; what it returns is written in its place, nil leaves it as it is. It runs
  ///     on the caller's thread, for each field: keep it short.
  public init(
    names: [String] = Redaction.defaultNames, custom: (@Sendable (_ key: String, _ value: String) -> String?)? = nil
  ) {
    self.names = Set(names.map { $0.lowercased() })
    self.lengths = self.names.reduce(0) { $0 | 1 << UInt64(min($1.utf8.count, 63)) }
    self.custom = custom
  }

  /// Nothing is redacted.
  public static let none = Redaction(names: [])

  /// Whether a field of this key is a secret whatever its value.
  package func isSecret(_ key: String) -> Bool {
    let name = key.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }
    // Most keys end here: no secret has a name of this length.
    guard lengths & 1 << UInt64(min(name.count, 63)) != 0 else { return false }
    return names.contains(String(decoding: name.reversed(), as: UTF8.self).lowercased())
  }

  /// What is to be written for this text: nil where it may be written as it is.
  package func replacement(key: String, value: String) -> String? {
    if isSecret(key) { return Self.replacement }
    if Self.mayHoldQuery(key), let cleaned = redactedQuery(value, isBare: key.hasSuffix("query")) { return cleaned }
    return custom?(key, value)
  }

  /// Keys that hold URLs or queries, by OpenTelemetry's old and new names.
  private static func mayHoldQuery(_ key: String) -> Bool {
    switch key {
    case "url.query", "url.full", "http.url", "http.target", "url.path": true
    default: false
    }
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
