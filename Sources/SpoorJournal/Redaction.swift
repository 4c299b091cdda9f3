internal import CSpoor
internal import SpoorBytes

/// What must not be written down: decided before a byte enters the journal, so that no secret lies in a file.
///
/// A key is looked at without its prefix and its case: `http.request.header.authorization`, `Authorization` and
/// `authorization` are the same. In URLs and query strings the values of parameters with such names are replaced, and
/// those of signatures; so are a user and a password before a host.
public struct Redaction: Sendable {
  /// What is written in place of a secret.
  public static let replacement = "[redacted]"

  /// The names that are redacted unless told otherwise. With `_` for `-` too, as OpenTelemetry once wrote headers.
  public static let defaultNames = [
    "authorization", "proxy-authorization", "proxy_authorization", "cookie", "set-cookie", "set_cookie", "x-api-key",
    "x_api_key", "api-key", "api_key", "apikey", "x-auth-token", "x_auth_token", "x-csrf-token", "x_csrf_token",
    "x-xsrf-token", "x-amz-security-token", "token", "access_token", "accesstoken", "refresh_token", "refreshtoken",
    "id_token", "idtoken", "auth_token", "authtoken", "csrf_token", "session_token", "sessiontoken", "bearer", "jwt",
    "password", "passwd", "pwd", "passphrase", "secret", "client_secret", "clientsecret", "secret_key", "secretkey",
    "private_key", "privatekey", "access_key", "accesskey", "credential", "credentials",
  ]

  /// Parameters of signed URLs, beside the names: OpenTelemetry's semantic conventions, `url.full` and `url.query`.
  private static let signatures = NameSet(["awsaccesskeyid", "signature", "sig", "x-goog-signature", "x-amz-signature"])

  private let names: NameSet
  private let keys: [NamePattern]
  private let patterns: [RedactionPattern]
  private let custom: (@Sendable (_ key: String, _ value: String) -> String?)?

  /// - Parameters:
  ///   - names: the names that are secret, in any case. With `*` for any characters it is the whole key that is compared:
  ///     `user.*`, `*_token`.
  ///   - patterns: what secrets look like, in texts of any key, messages and errors too.
  ///   - custom: is asked for every other text; what it returns is written in its place, nil leaves it as it is. It runs
  ///     on the caller's thread, for each field: keep it short, and let it neither log nor touch spans.
  public init(
    names: [String] = Redaction.defaultNames, patterns: [RedactionPattern] = [],
    custom: (@Sendable (_ key: String, _ value: String) -> String?)? = nil
  ) {
    self.names = NameSet(names.filter { !$0.contains("*") }.map { $0.lowercased() })
    keys = names.filter { $0.contains("*") }.map { NamePattern($0.lowercased()) }
    self.patterns = patterns
    self.custom = custom
  }

  /// Nothing is redacted.
  public static let none = Redaction(names: [])

  /// Whether a field of this key is a secret whatever its value.
  package func isSecret(_ key: String) -> Bool {
    unsafe withBytes(of: key) { unsafe isSecret($0) }
  }

  /// The same of a key's bytes.
  package func isSecret(_ key: UnsafeRawBufferPointer) -> Bool {
    if !keys.isEmpty, unsafe fitsPattern(key) { return true }
    guard !names.isEmpty, let bytes = key.baseAddress else { return false }
    let start = unsafe spoor_last_part(bytes, key.count)
    guard start >= 0 else { return unsafe isSecretInUnicode(key) }
    return unsafe names.contains(
      UnsafeRawBufferPointer(start: bytes + start, count: key.count - start), ignoringCase: true)
  }

  /// Not ASCII: only the string knows its lower case, whose length may be another.
  @inline(never)
  private func isSecretInUnicode(_ key: UnsafeRawBufferPointer) -> Bool {
    let start = unsafe key.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0
    return names.contains(unsafe String(decoding: key[start...], as: UTF8.self).lowercased())
  }

  @inline(never)
  private func fitsPattern(_ key: UnsafeRawBufferPointer) -> Bool {
    let key = unsafe String(decoding: key, as: UTF8.self).lowercased()
    return keys.contains { $0.matches(key) }
  }

  /// Whether texts may be changed whatever their key.
  package var changesTexts: Bool { !patterns.isEmpty || custom != nil }

  /// A message, which has no key of its own, without what looks like a secret.
  package func redacted(message: String) -> String {
    changesTexts ? replacement(key: "message", value: message) ?? message : message
  }

  /// Whether anything but ``isSecret(_:)`` could have a text of this key changed: most fields need not be asked twice.
  package func leavesAlone(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe !changesTexts && !isSecret(key) && !Self.mayHoldQuery(key)
  }

  /// Whether this value is certain to be written as it is, which can be told of most without a look at their text.
  package func leavesAlone(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    unsafe !changesTexts && !isSecret(key) && (!Self.mayHoldQuery(key) || Self.holdsNoQuery(key, value))
  }

  /// Of a URL: neither parameters nor a user before its host.
  private static func holdsNoQuery(_ key: UnsafeRawBufferPointer, _ url: UnsafeRawBufferPointer) -> Bool {
    guard key.count != "url.query".utf8.count else { return false }  // All of it is parameters.
    return unsafe !url.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "@") }
  }

  /// What is to be written for this text: nil where it may be written as it is.
  package func replacement(key: String, value: String) -> String? {
    if isSecret(key) { return Self.replacement }
    var changed: String?
    if Self.mayHoldQuery(key) {
      changed = withoutUser(value)
      changed = redactedQuery(changed ?? value, isBare: key.hasSuffix("query")) ?? changed
    }
    for pattern in patterns { changed = pattern.replaced(changed ?? value) ?? changed }
    return custom?(key, changed ?? value) ?? changed
  }

  /// Keys that hold URLs or queries, by OpenTelemetry's old and new names.
  private static func mayHoldQuery(_ key: String) -> Bool {
    unsafe withBytes(of: key) { unsafe mayHoldQuery($0) }
  }

  private static func mayHoldQuery(_ key: UnsafeRawBufferPointer) -> Bool {
    // All begin with `url.` or `http.`.
    guard key.count >= 8, unsafe key[0] == UInt8(ascii: "u") || key[0] == UInt8(ascii: "h") else { return false }
    return switch key.count {
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

  /// `https://user:password@host/` without the user and the password; nil where there are none.
  private func withoutUser(_ text: String) -> String? {
    guard !names.isEmpty, let scheme = text.firstRange(of: "://") else { return nil }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@") else { return nil }
    return "\(text[..<scheme.upperBound])\(Self.replacement)\(text[at...])"
  }

  private func isSecretParameter(_ name: Substring) -> Bool {
    var name = String(name)
    if name.contains("%") { name = Self.percentDecoded(name) }
    if isSecret(name) { return true }
    return unsafe withBytes(of: name) { unsafe Self.signatures.contains($0, ignoringCase: true) }
  }

  /// A name may be written with escapes: `pass%77ord`.
  private static func percentDecoded(_ name: String) -> String {
    var bytes: [UInt8] = []
    var rest = name.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), let decoded = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 else {
        bytes.append(byte)
        continue
      }
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text with the values of secret parameters replaced, or nil where there is none.
  private func redactedQuery(_ text: String, isBare: Bool) -> String? {
    guard !names.isEmpty || !keys.isEmpty else { return nil }
    let start: String.Index
    if isBare {
      start = text.startIndex
    } else {
      guard let mark = text.firstIndex(of: "?") else { return nil }
      start = text.index(after: mark)
    }
    var changed = false
    let parts = text[start...].split(separator: "&", omittingEmptySubsequences: false).map { part -> Substring in
      guard let equals = part.firstIndex(of: "="), isSecretParameter(part[..<equals]) else { return part }
      changed = true
      return part[...equals] + Self.replacement
    }
    return changed ? text[..<start] + parts.joined(separator: "&") : nil
  }
}
