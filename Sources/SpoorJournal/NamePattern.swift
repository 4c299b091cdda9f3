/// A name with wildcards: `*` stands for any characters, none too; everything else for itself, upper and lower case told
/// apart.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
  /// As it was written.
  package let description: String
  private let text: [UInt8]

  /// A pattern; every text is one.
  package init(_ text: String) {
    description = text
    self.text = Array(text.utf8)
  }

  /// Whether all of the name is as the pattern says. At most the product of their lengths in steps, without allocating.
  package func matches(_ name: some StringProtocol) -> Bool {
    let name = name.utf8
    var position = 0
    var index = name.startIndex
    // Where to go on if what follows the last star does not fit.
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
