// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorJournal

@Suite("A redaction pattern")
struct RedactionPatternTests {
  @Test(
    "replaces what it matches",
    arguments: [
      ("abc", "xabcx", "x#x"), ("a.c", "abc a\nc", "# a\nc"), ("[0-9]{4}", "12345678", "##"),
      ("[0-9]{4}", "123", nil), ("\\d{2,3}", "1 12 1234", "1 # #4"), ("a+", "baaab", "b#b"), ("a+?", "baaab", "b###b"),
      ("ab|a", "abaa", "###"), ("a|ab", "ab", "#b"), ("(?i)bearer \\S+", "BEARER x.y z", "# z"),
      ("(?i:A)b", "ab aB", "# aB"), ("^a", "aa", "#a"), ("a$", "aa", "a#"), ("\\bid\\b", "id idea", "# idea"),
      ("\\Bid", "idid", "id#"), ("[^a-c]+", "abcxyz", "abc#"), ("[\\w.-]+@[\\w.-]+", "to a.b@c.d now", "to # now"),
      ("(?:\\d[ -]?){15}\\d", "4111 1111 1111 1111", "#"), ("x(y(z|w)){2}", "xyzyw", "#"), ("é+", "caféé", "caf#"),
      ("[à-ü]", "xéx", "x#x"), ("\\.", "a.b", "a#b"), ("\\x41", "A", "#"), ("\\u0041", "A", "#"), ("a{2}", "aaa", "#a"),
      ("a{", "a{", "#"), ("[]a]+", "]a", "#"), ("[a-]+", "a-", "#"), ("a**b", "aab", "#"), ("(a*)*b", "aab", "#"),
      ("(?<name>a)b", "ab", "#"), ("\\D+1", "ab1", "#"), ("a\\tb", "a\tb", "#"),
    ] as [(String, String, String?)])
  func matches(pattern: String, text: String, expected: String?) throws {
    let written = try RedactionPattern(pattern).replaced(text)
    #expect(written == expected?.replacing("#", with: Redaction.replacement))
  }

  @Test(
    "that cannot be matched in linear time or is invalid is refused with the reason",
    arguments: [
      ("(a)\\1", "refers to a group"), ("(?=a)b", "looks ahead"), ("(?<=a)b", "looks ahead or behind"),
      ("(?>a)b", "atomic"), ("a++", "possessively"), ("(", "no end"), (")", "unmatched"), ("[a", "no end"),
      ("*a", "nothing before it"), ("a{3,2}", "backwards"), ("a{2000}", "counts beyond"),
      ("[[:alpha:]]", "named classes"),
      ("\\p{L}", "not supported"), ("((a{1000}){1000}){1000}", "too long"), ("((){1000}){1000}a", "too long"),
      ("[z-a]", "ends before it begins"), ("", "empty text"), ("a*", "empty text"), ("x?", "empty text"),
      ("\\", "backslash"),
    ])
  func refused(pattern: String, reason: String) throws {
    let error = try #require(throws: RedactionError.self) { try RedactionPattern(pattern) }
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test(
    "takes a number of steps that is linear in the text, whatever the expression",
    arguments: ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "([\\w.]+)+@x", "(a*)*$b", "(\\d+|\\d+)+$"])
  func linear(pattern: String) throws {
    let program = try PatternProgram(pattern)
    func steps(_ count: Int) -> Int {
      let text = Array(String(repeating: "a", count: count).unicodeScalars) + Array("!".unicodeScalars)
      var budget = PatternProgram.Budget(steps: 1 << 40)
      #expect(program.firstMatch(in: text, from: 0, &budget) == .none)
      return 1 << 40 - budget.steps
    }
    #expect(steps(2000) <= 21 * steps(100))
  }

  @Test("replaces a text as a whole, and counts it, if matching would take too long")
  func budget() throws {
    // Each match is found only after the whole rest was searched.
    let pattern = try RedactionPattern("a(.*b)?")
    let text = String(repeating: "a", count: 20_000)
    #expect(pattern.replaced(text) == Redaction.replacement)
    #expect(pattern.exhausted == 1)
    #expect(Redaction(patterns: [pattern]).replacedForTime == 1)
    #expect(try RedactionPattern("[a-z.]+@[a-z.]+").replaced(String(repeating: "a", count: 4000)) == nil)
  }
}
