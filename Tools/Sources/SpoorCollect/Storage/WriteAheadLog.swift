// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Looks for damage in the log that SQLite keeps beside a store (`-wal`).
///
/// SQLite reads it up to the first frame with a wrong checksum and silently ignores the rest, so that committed
/// transactions would be lost unnoticed. A frame that a killed process did not finish is not damage, because no commit
/// follows it.
enum WriteAheadLog {
  /// What is wrong with a log.
  enum Finding: Equatable {
    /// Transactions are lost, or the whole log is.
    case damaged(String)
    /// The very last frame ends a transaction and cannot be read: a process was killed while it wrote the frame and had
    /// not answered yet, or the frame is damaged.
    case unfinished
  }

  /// What is wrong; `nil` if every commit can be read, or there is no log.
  static func finding(beside store: String) -> Finding? {
    guard let data = try? Data(contentsOf: URL(filePath: store + "-wal"), options: .mappedIfSafe), data.count > 32
    else {
      return nil
    }
    let bytes = [UInt8](data)
    func word(_ offset: Int) -> UInt32 {
      UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
        | UInt32(bytes[offset + 3])
    }
    let magic = word(0)
    let pageSize = Int(word(8))
    guard magic | 1 == 0x377f_0683, pageSize >= 512, pageSize <= 65_536, pageSize & (pageSize - 1) == 0 else {
      return .damaged("the header of its write-ahead log is damaged")
    }
    var sum = Sum(isBigEndian: magic & 1 == 1)
    sum.add(bytes, 0..<24)
    guard sum.one == word(24), sum.two == word(28) else {
      return .damaged("the header of its write-ahead log is damaged")
    }
    let salts = (word(16), word(20))
    let frame = 24 + pageSize
    var offset = 32
    while offset + frame <= bytes.count, (word(offset + 8), word(offset + 12)) == salts {
      sum.add(bytes, offset..<offset + 8)
      sum.add(bytes, offset + 24..<offset + frame)
      if sum.one != word(offset + 16) || sum.two != word(offset + 20) { break }
      offset += frame
    }
    // Frames behind the first bad one: one that ends a transaction was committed. The frames of earlier rounds may
    // follow, which SQLite overwrites one by one.
    var lost = 0
    var isFirstOnly = true
    let first = offset
    while offset + frame <= bytes.count {
      let own = (word(offset + 8), word(offset + 12))
      if own == salts {
        if word(offset + 4) != 0 { lost += 1 }
        if offset > first { isFirstOnly = false }
      } else if own.1 == salts.1 || !isOfEarlierRound(own.0, before: salts.0) {
        lost += 1
        isFirstOnly = false
      }
      offset += frame
    }
    if lost == 0 { return nil }
    return isFirstOnly ? .unfinished : .damaged("\(lost) transactions in its write-ahead log are damaged")
  }

  /// Whether a frame's first salt is that of an earlier round: SQLite adds one to it each time that it begins the log
  /// anew, and chooses the second salt at random. Any other salt is damage: SQLite writes a frame's header in one
  /// piece, so no killed process leaves a part.
  private static func isOfEarlierRound(_ salt: UInt32, before current: UInt32) -> Bool {
    (1...1 << 20).contains(current &- salt)
  }

  /// SQLite's checksum over pairs of 32-bit words.
  private struct Sum {
    let isBigEndian: Bool
    var one: UInt32 = 0
    var two: UInt32 = 0

    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
      for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
        one = one &+ word(bytes, offset) &+ two
        two = two &+ word(bytes, offset + 4) &+ one
      }
    }

    private func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
      let (a, b, c, d) = (UInt32(bytes[at]), UInt32(bytes[at + 1]), UInt32(bytes[at + 2]), UInt32(bytes[at + 3]))
      return isBigEndian ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a
    }
  }
}
