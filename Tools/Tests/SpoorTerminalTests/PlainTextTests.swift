// SPDX-License-Identifier: Apache-2.0

import SpoorTerminal
import Testing

@Suite struct PlainTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("é 日本 👩‍👩‍👧 ok", "é 日本 👩‍👩‍👧 ok"), ("two\nlines", "two·lines"), ("\u{1B}[31mred", "·[31mred"),
    ("\u{1B}]0;title\u{07}", "·]0;title·"), ("\u{9B}31m", "·31m"), ("a\u{202E}b", "a·b"),
    ("a\u{2066}b\u{2069}", "a·b·"),
    ("a\r\nb", "a··b"), ("a\u{2028}b", "a·b"), ("\u{7F}", "·"),
  ])
  func whatATerminalWouldActOnIsShownAsADot(text: String, expected: String) {
    #expect(PlainText.of(text) == expected)
  }
}
