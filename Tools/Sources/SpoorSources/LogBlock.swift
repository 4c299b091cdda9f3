// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import SpoorLogs

/// A part of a log file that is read as a whole: some megabytes of a plain file, or a compressed file.
package struct LogBlock: Sendable {
  /// Blocks of this size are read in a few hundredths of a second.
  static let size = 4 << 20

  package let path: String
  /// The bytes of the file; `nil` for a compressed file.
  package let bytes: Range<Int>?
  /// The number of bytes in the file.
  package let length: Int
  /// The earliest and the latest time of its records in microseconds since 1970; `nil` if no record has one.
  package internal(set) var times: ClosedRange<Int64>?

  /// Reads the records that match.
  package func reader(
    _ query: LogQuery, content: LogReader.Content = .records
  ) throws(ReadFailure) -> LogReader {
    guard let bytes else { return try LogReader(path: path, query: query, content: content) }
    return try LogReader(LogText(path: path, bytes: bytes), query: query, content: content)
  }

  mutating func widen(_ time: Int64) {
    times = min(times?.lowerBound ?? time, time)...max(times?.upperBound ?? time, time)
  }

  /// The blocks of a plain file from an offset on. Each ends at a line end after which no part of the same record
  /// follows, as far as the next line shows. An incomplete last line belongs to none, because the file may grow.
  static func blocks(of path: String, from start: Int, size: Int) -> [LogBlock] {
    guard let file = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? file.close() }
    var blocks: [LogBlock] = []
    var begin = start
    while begin < size {
      let wanted = min(begin + Self.size, size)
      guard let end = lineEnd(file, from: wanted, after: begin, isLast: wanted == size, size: size), end > begin else {
        break
      }
      blocks.append(LogBlock(path: path, bytes: begin..<end, length: end - begin))
      begin = end
    }
    return blocks
  }

  private static let window = 64 << 10

  /// The offset after the first suitable line end from `offset` on; for the last block the last line end.
  private static func lineEnd(_ file: FileHandle, from offset: Int, after begin: Int, isLast: Bool, size: Int) -> Int? {
    if isLast {
      var end = size
      while end > begin {
        let start = max(begin, end - window)
        try? file.seek(toOffset: UInt64(start))
        guard let bytes = try? file.read(upToCount: end - start), !bytes.isEmpty else { return nil }
        if let last = bytes.lastIndex(of: 0x0A) { return start + (last - bytes.startIndex) + 1 }
        end = start
      }
      return nil
    }
    var start = offset
    while start < size {
      try? file.seek(toOffset: UInt64(start))
      guard let bytes = try? file.read(upToCount: window), bytes.count > 1 else { return nil }
      for index in bytes.indices.dropLast() where bytes[index] == 0x0A && beginsRecord(bytes[index + 1]) {
        return start + (index - bytes.startIndex) + 1
      }
      // The line end may be the last byte of the window.
      start += bytes.count - 1
    }
    return lineEnd(file, from: size, after: begin, isLast: true, size: size)
  }

  /// Whether a line that begins like this is not a further line of a pretty-printed record or of a stack.
  private static func beginsRecord(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != UInt8(ascii: "}") && byte != UInt8(ascii: "]")
  }
}
