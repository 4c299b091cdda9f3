// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A regular expression for secrets in any text. Matches are replaced; the rest of the text is kept.
///
/// It is matched against every text that is written, on the caller's thread, in time that is linear in the text's
/// length: some microseconds a text. If matching would take more than some milliseconds, the whole text is replaced,
/// which is counted and logged as `redaction_limit_reached`.
///
/// The syntax is the common one: characters, `.`, `[a-z]`, `\d \w \s \b` and their opposites, `^ $`, groups, `|`, `* +
/// ? {n} {n,} {n,m}`, each also lazy with a `?` after it, and `(?i)` at the start. Constructs that cannot be matched in
/// linear time are refused: back-references, lookahead and lookbehind, atomic groups.
public struct RedactionPattern: Sendable, CustomStringConvertible {
  /// The text of the expression.
  public let description: String
  private let program: PatternProgram
  private let exhaustedCount = Shared()

  private final class Shared: Sendable {
    let count = Locked(0)
  }

  /// - Throws: ``RedactionError`` if the text is not a regular expression, is not supported, or matches the empty text.
  public init(_ pattern: String) throws(RedactionError) {
    do throws(PatternSyntaxError) {
      program = try PatternProgram(pattern)
    } catch {
      throw RedactionError(pattern: pattern, reason: error.reason)
    }
    guard program.firstMatch(in: [], from: 0) == .none else {
      throw RedactionError(pattern: pattern, reason: "it matches the empty text")
    }
    description = pattern
  }

  /// The number of texts that were replaced as a whole so far.
  var exhausted: Int { exhaustedCount.count.withLock { $0 } }

  /// The text with its matches replaced; nil if nothing matches.
  func replaced(_ text: String) -> String? {
    let scalars = Array(text.unicodeScalars)
    guard program.mayMatch(scalars) else { return nil }
    var result = String.UnicodeScalarView()
    var copied = 0
    var position = 0
    var budget = PatternProgram.Budget()
    while position <= scalars.count {
      switch program.firstMatch(in: scalars, from: position, &budget) {
      case .none:
        guard copied > 0 else { return nil }
        result.append(contentsOf: scalars[copied...])
        return String(result)
      case .match(let range):
        result.append(contentsOf: scalars[copied..<range.lowerBound])
        // An empty match in the middle of a text replaces nothing.
        if !range.isEmpty { result.append(contentsOf: Redaction.replacement.unicodeScalars) }
        copied = range.upperBound
        position = range.isEmpty ? range.upperBound + 1 : range.upperBound
        if range.isEmpty, range.upperBound < scalars.count {
          result.append(scalars[range.upperBound])
          copied = position
        }
      case .exhausted:
        exhaustedCount.count.withLock { $0 += 1 }
        return Redaction.replacement
      }
    }
    return copied > 0 ? String(result) : nil
  }
}

/// The error for a pattern that is not valid, or that cannot be matched in linear time.
public struct RedactionError: Error, Hashable, CustomStringConvertible {
  /// The text of the pattern.
  public let pattern: String
  /// The reason why the pattern is invalid.
  public let reason: String

  package init(pattern: String, reason: String) {
    self.pattern = pattern
    self.reason = reason
  }

  /// The pattern, the expected form and the reason.
  public var description: String {
    "a redaction pattern must be a regular expression that does not match the empty text, but \"\(pattern)\" "
      + "is not: \(reason)"
  }
}
