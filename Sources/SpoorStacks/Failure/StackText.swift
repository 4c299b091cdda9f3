// SPDX-License-Identifier: Apache-2.0

/// The text of a resolved stack: the content of `error.stack_trace`.
package enum StackText {
  /// One line per frame of the program. Runs of other frames are one line; if no frame is the program's own, all are
  /// written. Spoor's own functions are never written.
  package static func text(of allFrames: [ResolvedFrame]) -> String {
    let frames = allFrames.filter { !FrameOwner.isSpoor(module: $0.module) }
    guard frames.contains(where: \.isProject) else { return frames.map(\.text).joined(separator: "\n") }
    var lines: [String] = []
    var folded: [ResolvedFrame] = []
    func flush() {
      if !folded.isEmpty { lines.append(line(for: folded)) }
      folded = []
    }
    for frame in frames {
      if frame.isProject {
        flush()
        lines.append(frame.text)
      } else {
        folded.append(frame)
      }
    }
    flush()
    return lines.joined(separator: "\n")
  }

  private static func line(for folded: [ResolvedFrame]) -> String {
    var names: [String] = []
    for frame in folded {
      let name = frame.module ?? frame.image
      if !names.contains(name) { names.append(name) }
    }
    let more = names.count > 3 ? ", …" : ""
    let noun = folded.count == 1 ? "frame" : "frames"
    return "… \(folded.count) \(noun) of \(names.prefix(3).joined(separator: ", "))\(more)"
  }
}
