/// The frames of a stack as they are shown: the project's first, the runtime's folded into a count.
enum StackLines {
  /// How many of the project's frames are shown.
  static let shown = 3

  /// Lines without indentation.
  static func of(_ stack: String) -> [String] {
    let frames = stack.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.filter { !$0.isEmpty }
    let own = frames.filter { !isOfRuntime($0) }
    var lines = own.prefix(shown).map { frame in
      let parts = PlainText.of(String(frame)).components(at: " at ")
      return "at " + (parts.count == 2 ? parts[0].padded(to: 32) + " " + parts[1] : parts.joined(separator: " at "))
    }
    if own.count > shown { lines.append("… \(own.count - shown) more frames") }
    let rest = frames.count - own.count
    if rest > 0 { lines.append("… \(rest) frame\(rest == 1 ? "" : "s") of the runtime") }
    return lines
  }

  private static func isOfRuntime(_ frame: Substring) -> Bool {
    let beginnings = [
      "swift_", "_swift", "swift::", "Swift.", "_Concurrency", "start_thread",
      "clone", "__libc", "_start",
    ]
    return beginnings.contains { frame.hasPrefix($0) }
      || ["libswift", "libc.so", "libpthread", "libdispatch"].contains { frame.contains($0) }
  }
}

extension String {
  /// The two sides of the last occurrence of a word, or the whole.
  fileprivate func components(at word: String) -> [String] {
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index...].hasPrefix(word) {
        return [String(self[..<index]), String(self[self.index(index, offsetBy: word.count)...])]
      }
    }
    return [self]
  }
}
