// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

extension CutText {
  /// With less room than this, a text is not worth cutting.
  package static let least = 64

  /// Calls `body` with the text cut to at most `room` bytes, between two characters, with `…(N bytes more)` at its end.
  static func with<Result>(
    _ text: UnsafeRawBufferPointer, _ room: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let end = unsafe CutText.end(text, limit: max(0, room - noteBytes))
    var bytes = unsafe Array(text[..<end])
    bytes.append(contentsOf: note(missing: text.count - end).utf8)
    return unsafe bytes.withUnsafeBytes { unsafe body($0) }
  }

  /// The longest note.
  package static let noteBytes = "…( bytes more)".utf8.count + 19
}
