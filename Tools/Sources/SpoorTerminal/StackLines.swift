// SPDX-License-Identifier: Apache-2.0

/// The displayed frames of a stack: the project's first, the runtime's folded into a count.
public enum StackLines {
  /// The frames of a stack, without indentation.
  private static func frames(_ stack: String) -> [Substring] {
    stack.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.filter { !$0.isEmpty }
  }

  /// The innermost frame that is not the runtime's; `nil` if there is none.
  public static func innermost(_ stack: String) -> String? {
    frames(stack).first { !isOfRuntime($0) }.map(String.init)
  }

  /// Lines without indentation, with at most `shown` frames of the project.
  public static func of(_ stack: String, shown: Int = 3) -> [String] {
    let frames = frames(stack)
    let own = frames.filter { !isOfRuntime($0) }
    var lines = own.prefix(shown).map { frame in
      // The writer has folded these.
      if frame.hasPrefix("…") { return PlainText.of(String(frame)) }
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
  /// The text on both sides of the last occurrence of a word, or the whole text.
  ///
  /// It compares bytes, because stepping back by characters takes quadratic time in a long run of flags or joined
  /// emoji.
  fileprivate func components(at word: String) -> [String] {
    let bytes = Array(utf8)
    let wanted = Array(word.utf8)
    guard bytes.count >= wanted.count else { return [self] }
    for start in stride(from: bytes.count - wanted.count, through: 0, by: -1)
    where bytes[start..<start + wanted.count].elementsEqual(wanted) {
      return [
        String(decoding: bytes[..<start], as: UTF8.self),
        String(decoding: bytes[(start + wanted.count)...], as: UTF8.self),
      ]
    }
    return [self]
  }
}
