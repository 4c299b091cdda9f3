// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Rules for values that must not be written. They are applied before a byte enters the journal, so that no secret is
/// stored in a file.
///
/// The rules apply to everything that is written: attributes, names of spans and events, links, status and exception
/// messages, log messages and fields.
///
/// - A value whose key is a secret name is replaced as a whole, whatever its type. Keys are compared without regard to
///   case, `-`, `_`, `.` and camel case: see ``defaultNames``.
/// - In every text, the user and password of a URL and the values of parameters with secret names are replaced:
///   `https://user:password@host/?token=…#access_token=…`, `a=1;password=…`, `user[password]=…`, also percent-encoded.
/// - In every text, matches of a ``RedactionPattern`` are replaced.
public struct Redaction: Sendable {
  /// The text that replaces a secret.
  public static let replacement = "[redacted]"

  /// The names that are redacted by default, as ``init(names:patterns:custom:)`` reads them.
  ///
  /// To redact less, give a filtered list, or add exceptions: `Redaction.defaultNames + ["!page_token"]`.
  public static let defaultNames = [
    "*password*", "*passwd*", "*passphrase*", "*passcode*", "*pwd", "pass", "*_pass",
    "*secret*", "!*secretar*", "*credential*",
    "*token", "bearer", "*_bearer", "*jwt", "csrf", "xsrf", "*_csrf", "*_xsrf", "otp", "*_otp", "totp",
    "*apikey*", "api_*key", "*_api_*key", "*private*key", "*privatekey*", "*accesskey*",
    "*signing_key", "*encryption_key", "*decryption_key", "*master_key", "*shared_key", "*account_key", "*auth_key",
    "*hmac_key", "*ssh_key", "*session_key",
    "*authorization", "*cookie", "cookies", "setcookie2", "*assertion", "samlresponse",
  ]

  /// Further parameters of URLs that are secret: signatures of signed URLs (OpenTelemetry's semantic conventions for
  /// `url.full`), and keys, which are credentials there. They do not apply if no name is secret.
  private static let parameters = SecretNames([
    "sig", "signature", "xgoogsignature", "xamzsignature", "key", "auth", "authkey",
  ])

  private let rules: Rules

  /// One object, because other modules copy the redaction for each call, and a copy of all its parts retains eight.
  private final class Rules: Sendable {
    /// The names as given to the initializer.
    let given: [String]
    let names: SecretNames
    let patterns: [RedactionPattern]
    let custom: (@Sendable (_ key: String, _ value: String) -> String?)?

    init(
      _ given: [String], _ patterns: [RedactionPattern],
      _ custom: (@Sendable (_ key: String, _ value: String) -> String?)?
    ) {
      self.given = given
      names = SecretNames(given)
      self.patterns = patterns
      self.custom = custom
    }
  }

  private var names: SecretNames { rules.names }
  private var patterns: [RedactionPattern] { rules.patterns }

  /// - Parameters:
  ///   - names: the names that are secret.
  ///     - A name without `*` is compared with the whole key and with the part after its last dot. Case, `-`, `_` and
  ///       `.` are ignored: `api-key` matches `x.API_KEY` and `apiKey`, but not `my_api_key`.
  ///     - `*` stands for any characters: `*password*`. In a name with `*`, `_` and `-` stand for a word boundary:
  ///       `*_pass` matches `db_pass`, `dbPass` and `db.pass`, but not `bypass`. If it contains a dot, it is compared
  ///       with the key as written, ignoring case: `user.*`.
  ///     - A name with `!` in front is an exception: it is not secret even if other names match: `!page_token`.
  ///   - patterns: patterns of secrets in texts of any key, in messages and in errors.
  ///   - custom: called for every other text. The text that it returns is written instead; nil leaves the text
  ///     unchanged. It runs on the caller's thread for each field, so it must be fast and must neither log nor touch
  ///     spans.
  public init(
    names: [String] = Redaction.defaultNames, patterns: [RedactionPattern] = [],
    custom: (@Sendable (_ key: String, _ value: String) -> String?)? = nil
  ) {
    rules = Rules(names, patterns, custom)
  }

  /// Nothing is redacted.
  public static let disabled = Redaction(names: [])

  /// A redaction with these names and patterns in addition.
  package func adding(names: [String], patterns: [RedactionPattern]) -> Redaction {
    if names.isEmpty, patterns.isEmpty { return self }
    return Redaction(names: rules.given + names, patterns: self.patterns + patterns, custom: rules.custom)
  }

  /// Whether a field with this key is secret regardless of its value.
  package func isSecret(_ key: String) -> Bool {
    unsafe withBytes(of: key) { unsafe isSecret($0) }
  }

  /// Whether a field with this key, given as bytes, is secret regardless of its value.
  @inline(__always)
  package func isSecret(_ key: UnsafeRawBufferPointer) -> Bool { unsafe rules.names.contains(key) }

  /// Whether texts with any key may be changed by patterns or the custom rule.
  package var changesTexts: Bool { !rules.patterns.isEmpty || rules.custom != nil }

  /// The number of texts that were replaced as a whole because a pattern would have taken too long on them.
  package var replacedForTime: Int { patterns.reduce(0) { $0 + $1.exhausted } }

  /// A text without a key (a message, a name), with its secrets replaced.
  package func redacted(message: String) -> String {
    leavesAlone(message: message) ? message : replacement(key: "message", value: message) ?? message
  }

  /// Whether a text without a key is certain to be written unchanged.
  @inline(__always)
  package func leavesAlone(message: String) -> Bool {
    unsafe !changesTexts && withBytes(of: message) { unsafe leavesAlone(text: $0) }
  }

  /// Whether texts with this key are written unchanged unless they contain a URL or a parameter:
  /// ``leavesAlone(text:)``.
  package func leavesAlone(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe !changesTexts && !isSecret(key)
  }

  /// Whether a text is certain to contain neither a URL nor a parameter, judged by its bytes.
  @inline(__always)
  package func leavesAlone(text: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress, !rules.names.isEmpty else { return true }
    return unsafe !spoor_may_hold_parameters(start, text.count)
  }

  /// Whether this value is certain to be written unchanged, which for most values is known without reading their text.
  @inline(__always)
  package func leavesAlone(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    unsafe !changesTexts && !isSecret(key) && leavesAlone(text: value)
  }

  /// The replacement of this text; nil if it is written unchanged.
  package func replacement(key: String, value: String) -> String? {
    if isSecret(key) { return Self.replacement }
    var changed: String?
    if unsafe !withBytes(of: value, { unsafe leavesAlone(text: $0) }) {
      let finder = SecretFinder { name, isInURL in
        let name = FoldedKey(name)
        return names.contains(name) || (isInURL && Self.parameters.contains(name))
      }
      changed = finder.replaced(value, isQuery: key.hasSuffix("query"))
    }
    for pattern in patterns { changed = pattern.replaced(changed ?? value) ?? changed }
    return rules.custom?(key, changed ?? value) ?? changed
  }
}
