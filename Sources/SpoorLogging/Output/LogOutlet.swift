// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal

/// One destination and the progress of its writer.
final class LogOutlet: @unchecked Sendable {  // Only used by the thread that has the turn: see ``LogQueue/take(_:)``.
  let output: LogOutput
  /// The destination, for messages.
  let name: String
  /// Whether only its own thread writes, because a disk may keep it.
  let isLeftToThread: Bool
  private let file: LogFile?
  /// The file is reopened after this signal; 0 for none.
  private let signal: Int32
  private var arrivals: UInt32
  /// The number of bytes of the current batch that are written.
  private(set) var done = 0

  init(_ output: LogOutput, name: String, file: LogFile? = nil, reopenSignal: Int32 = 0) {
    self.output = output
    self.name = name
    isLeftToThread = output.isOnDisk
    self.file = file
    signal = reopenSignal
    arrivals = SignalCounter.count(reopenSignal)
  }

  /// Reopens a file after the signal, even if there are no lines, because the program that moved the file waits for
  /// that. If the outlet has a thread, only that thread calls this.
  func reopenIfTold() {
    guard let file, signal > 0 else { return }
    let count = SignalCounter.count(signal)
    guard count != arrivals else { return }
    arrivals = count
    file.reopen()
  }

  /// Writes the rest of a batch.
  ///
  /// - Parameters:
  ///   - deadline: nanoseconds of the monotonic clock.
  ///   - mayBlock: whether a disk may block the calling thread beyond the deadline.
  func write(_ batch: LogBatch, until deadline: UInt64, mayBlock: Bool) -> LogOutput.Outcome {
    if done == 0, mayBlock {
      reopenIfTold()
      file?.prepare()
    }
    return unsafe batch.bytes.withUnsafeBytes { bytes in
      while done < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
        let turn = unsafe output.turn(of: rest)
        let outcome = unsafe output.write(
          UnsafeRawBufferPointer(rebasing: rest[..<turn]), until: deadline, mayBlock: mayBlock)
        switch outcome {
        case .written: done += turn
        case .blocked(let written, _):
          done += written
          return outcome
        case .skipped: return .skipped
        }
      }
      done = 0
      return .written
    }
  }
}
