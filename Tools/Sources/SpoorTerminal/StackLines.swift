// SPDX-License-Identifier: Apache-2.0

/// The displayed frames of a stack: the project's first, the runtime's folded into a count.
public enum StackLines {
  /// The frames of a stack, the innermost first, in the form `FUNCTION at FILE:LINE` if they are known as such.
  private static func frames(_ stack: String) -> [Substring] {
    let lines = stack.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.filter { !$0.isEmpty }
    let python = lines.compactMap { pythonFrame($0) }
    // Python begins with the outermost frame, and shows the code below each.
    if !python.isEmpty { return python.reversed() }
    // Java and JavaScript have `at ` before each frame, and the error's message before the first one.
    let marked = lines.filter { $0.hasPrefix("at ") }.map { $0.dropFirst(3) }
    return marked.isEmpty ? lines : marked
  }

  /// The frame of `File "/app/pay.py", line 12, in charge`.
  private static func pythonFrame(_ line: Substring) -> Substring? {
    let start = "File \""
    guard line.hasPrefix(start), let end = line.dropFirst(start.count).firstIndex(of: "\"") else { return nil }
    let file = line[line.index(line.startIndex, offsetBy: start.count)..<end]
    let parts = line[end...].dropFirst().split(separator: ",", maxSplits: 2).map { $0.drop { $0 == " " } }
    guard let number = parts.first, number.hasPrefix("line ") else { return nil }
    let function = parts.count > 1 && parts[1].hasPrefix("in ") ? parts[1].dropFirst(3) : "?"
    return "\(function) at \(file):\(number.dropFirst(5))"
  }

  /// The innermost frame that is not the runtime's; `nil` if there is none.
  public static func innermost(_ stack: String) -> String? {
    frames(stack).first { !isOfRuntime($0) }.map(String.init)
  }

  /// Lines without indentation, with at most `shown` frames of the project.
  public static func of(_ stack: String, shown: Int = 3) -> [String] {
    let frames = frames(stack)
    let own = frames.filter { !isOfRuntime($0) }
    // A line that says that one frame is missing takes as much room as the frame.
    let shown = own.count == shown + 1 ? own.count : shown
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
      // Java with its other languages, .NET, Go, Rust.
      "java.", "java.base/", "javax.", "jdk.", "sun.", "kotlin.", "kotlinx.coroutines.", "scala.", "System.",
      "runtime.", "core::", "std::", "alloc::",
    ]
    return beginnings.contains { frame.hasPrefix($0) }
      || ["libswift", "libc.so", "libpthread", "libdispatch", "/lib/python", "node:internal/", "node_modules/"].contains
      {
        frame.contains($0)
      }
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
