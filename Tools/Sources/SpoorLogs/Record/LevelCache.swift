// SPDX-License-Identifier: Apache-2.0

/// The levels of the texts that occurred before. A log has few different ones, and reading a name is the slowest part
/// of a condition on the level.
final class LevelCache {
  private static let size = 16

  private struct Entry {
    /// The bytes of the text, at most eight; 0 for an unused entry.
    var text: UInt64 = 0
    var level: LogLevel?
  }

  private var entries = [Entry](repeating: Entry(), count: size)

  /// The level of a text; `nil` if it is not the name of one.
  func level(_ bytes: UnsafeRawBufferPointer) -> LogLevel? {
    // A NUL at the end could not be told from a shorter text.
    guard (1...8).contains(bytes.count), unsafe bytes[bytes.count - 1] != 0 else {
      return unsafe LogLevel(name: String(decoding: bytes, as: UTF8.self))
    }
    var text: UInt64 = 0
    for index in 0..<bytes.count { text |= unsafe UInt64(bytes[index]) << (8 * index) }
    let index = Int((text &* 0x9E37_79B9_7F4A_7C15) >> 60)
    if entries[index].text == text { return entries[index].level }
    let level = unsafe LogLevel(name: String(decoding: bytes, as: UTF8.self))
    entries[index] = Entry(text: text, level: level)
    return level
  }
}
