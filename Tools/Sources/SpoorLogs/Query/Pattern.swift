// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// A regular expression in RE2's syntax, matched in time that is linear in the text.
@safe
final class Pattern: @unchecked Sendable {  // RE2's objects are constant and thread-safe.
  let text: String
  let ignoresCase: Bool
  private let regex: OpaquePointer

  /// - Throws: ``QueryError`` with RE2's reason if the expression is invalid.
  init(_ text: String, ignoresCase: Bool) throws(QueryError) {
    self.text = text
    self.ignoresCase = ignoresCase
    var error = [CChar](repeating: 0, count: 256)
    guard let regex = unsafe spoor_regex_make(text, text.utf8.count, ignoresCase, &error, error.count) else {
      let reason = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw QueryError(
        "~ needs a regular expression, but \(text) is none (\(reason)); put a \\ before a literal character")
    }
    unsafe self.regex = regex
  }

  deinit { unsafe spoor_regex_free(regex) }

  func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return unsafe spoor_regex_matches(regex, [0], 0) }
    return unsafe spoor_regex_matches(regex, base.assumingMemoryBound(to: UInt8.self), bytes.count)
  }
}

/// An invalid query. The message is one line and states what to type instead.
public struct QueryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason.
  public let description: String
  package init(_ description: String) { self.description = description }
}
