// SPDX-License-Identifier: Apache-2.0

/// Cuts texts that exceed a limit: between two characters, with `…(N bytes more)` at the end.
package enum CutText {
  /// Where to cut UTF-8 so that at most `limit` bytes are kept and no character's bytes are torn.
  package static func end(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
    guard bytes.count > limit else { return bytes.count }
    var end = limit
    while end > 0, unsafe bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return end
  }

  /// The note that follows the kept bytes.
  package static func note(missing: Int) -> String { "…(\(missing)\(noteEnd)" }

  /// The end of every note.
  package static let noteEnd = " bytes more)"
}

extension String {
  /// The text with at most `limit` bytes of its own, and the note if it is cut.
  package func cut(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    return unsafe SpoorBase.withBytes(of: self) { bytes in
      let end = unsafe CutText.end(bytes, limit: limit)
      return unsafe String(decoding: bytes[..<end], as: UTF8.self) + CutText.note(missing: bytes.count - end)
    }
  }
}
