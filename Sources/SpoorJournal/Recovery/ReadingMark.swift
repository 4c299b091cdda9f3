// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A note in a dead process's file of the part that is being read. If reading kills the process, the next process skips
/// that part. The note is written before reading and cleared after it.
struct ReadingMark: Sendable {
  /// The part that is being read.
  enum Subject: Sendable, Equatable {
    case wholeFile
    case slot(UInt32)
  }

  /// The part that a process was reading when it died, and the number of processes in a row that died; nil if none did.
  let deaths: (subject: Subject, count: UInt32)?

  private let descriptor: Int32
  private let isWritten: Bool

  /// After this many deaths in a row a file is set aside. It is more than one, because processes are also killed for
  /// other reasons.
  static let deathsOfFile: UInt32 = 3
  /// After this many deaths in a row a slot is skipped. Fewer than for a file, because reading a slot takes a
  /// microsecond.
  static let deathsOfSlot: UInt32 = 2

  /// - Parameter isWritten: whether the file may be changed.
  init(_ descriptor: Int32, isWritten: Bool) {
    self.descriptor = descriptor
    self.isWritten = isWritten
    var words: [UInt32] = [0, 0]
    let count = unsafe words.withUnsafeMutableBytes {
      unsafe DeadJournal.read(descriptor, into: $0, at: JournalHeader.reading)
    }
    let (mark, deaths) = (UInt32(littleEndian: words[0]), UInt32(littleEndian: words[1]))
    guard count == 8, mark != 0 else {
      self.deaths = nil
      return
    }
    self.deaths = (mark == .max ? .wholeFile : .slot(mark - 1), deaths == .max ? deaths : deaths + 1)
  }

  func begin(_ subject: Subject) {
    let mark: UInt32 =
      switch subject {
      case .wholeFile: .max
      case .slot(let index): index &+ 1
      }
    let count = deaths?.subject == subject ? deaths?.count ?? 0 : 0
    write(mark, count)
  }

  func end() { write(0, 0) }

  private func write(_ mark: UInt32, _ count: UInt32) {
    guard isWritten else { return }
    let words = [mark.littleEndian, count.littleEndian]
    // If it cannot be written, reading continues without it.
    unsafe words.withUnsafeBytes { bytes in
      _ = unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(JournalHeader.reading))
    }
  }
}
