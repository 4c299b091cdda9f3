// SPDX-License-Identifier: Apache-2.0

/// A name with wildcards: `*` stands for any number of characters, including none. Everything else is compared exactly,
/// case included.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
  /// The pattern's text.
  package let description: String
  private let text: [UInt8]

  /// Creates a pattern from a text; every text is valid.
  package init(_ text: String) {
    description = text
    self.text = Array(text.utf8)
  }

  /// Whether the whole name matches. It takes at most the product of both lengths in steps and does not allocate.
  package func matches(_ name: some StringProtocol) -> Bool {
    let name = name.utf8
    var position = 0
    var index = name.startIndex
    // Where to resume if the part after the last star does not match.
    var retry: (position: Int, index: String.Index)?
    while index < name.endIndex {
      if position < text.count, text[position] == UInt8(ascii: "*") {
        position += 1
        retry = (position, index)
      } else if position < text.count, text[position] == name[index] {
        position += 1
        index = name.index(after: index)
      } else if let (after, from) = retry {
        position = after
        index = name.index(after: from)
        retry = (after, index)
      } else {
        return false
      }
    }
    return text[position...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
