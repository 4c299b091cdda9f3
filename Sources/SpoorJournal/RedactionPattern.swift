/// What a secret looks like, wherever it stands: a regular expression, in Swift's syntax. What matches is replaced, the
/// rest of the text stays.
///
/// It is asked for every text that is written, on the caller's thread, one text at a time in the whole process, and a
/// careless expression takes long on a long text: for the few that must be, not for every day. Some microseconds a text.
public struct RedactionPattern: Sendable, CustomStringConvertible {
  /// As it was written.
  public let description: String
  private let matcher: Matcher

  /// `Regex` is not `Sendable`; here it is only used with the lock held.
  private final class Matcher: @unchecked Sendable {
    /// Of a value, for ThreadSanitizer takes a change of an empty one for one of the object it is in.
    private let lock = Locked(false)
    private let regex: Regex<AnyRegexOutput>

    init(_ regex: Regex<AnyRegexOutput>) { self.regex = regex }

    func replaced(_ text: String) -> String? {
      lock.withLock { _ in
        text.firstMatch(of: regex) == nil ? nil : text.replacing(regex, with: Redaction.replacement)
      }
    }
  }

  /// - Throws: ``RedactionError`` where it is no regular expression, or one that matches the empty text.
  public init(_ pattern: String) throws(RedactionError) {
    guard let regex = try? Regex(pattern), (try? regex.wholeMatch(in: "")) == nil else {
      throw RedactionError(pattern: pattern)
    }
    description = pattern
    matcher = Matcher(regex)
  }

  /// The text without what matches; nil where nothing does.
  func replaced(_ text: String) -> String? { matcher.replaced(text) }
}

/// A pattern that makes no sense.
public struct RedactionError: Error, Hashable, CustomStringConvertible {
  /// As it was written.
  public let pattern: String

  package init(pattern: String) { self.pattern = pattern }

  /// What was expected and what came.
  public var description: String {
    "\"\(pattern)\": expected a regular expression that does not match the empty text"
  }
}
