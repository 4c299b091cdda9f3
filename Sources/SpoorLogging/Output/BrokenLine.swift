// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Completes the last line of a log file whose writer was killed in the middle of it.
///
/// The kernel copies a `write` page by page and stops between two pages when the process is killed: so a regular file
/// can end in half a line. The rest is in the dead process's ring. The next process that writes to the file completes
/// the line before it writes its own.
package enum BrokenLine {
  /// More than the longest line of Spoor.
  private static let longest = 256 << 10

  /// Completes the last line of a descriptor, if that is a regular file whose last line has no end.
  ///
  /// - Parameter whole: finds the whole line, with its end, by its beginning. If it returns nil, the half line is ended
  ///   where it is.
  package static func mend(descriptor: Int32, whole: ([UInt8]) -> [UInt8]?) {
    guard isAppendedTo(descriptor) else { return }
    // Standard output is open for writing only.
    let reading = unsafe open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard reading >= 0 else { return }
    defer { close(reading) }
    // If several processes start at once, one of them completes the line.
    guard flock(reading, LOCK_EX | LOCK_NB) == 0, let fragment = fragment(reading), !fragment.isEmpty else { return }
    let rest = whole(fragment).map { Array($0.dropFirst(fragment.count)) } ?? Array("\n".utf8)
    unsafe rest.withUnsafeBytes { bytes in
      _ = unsafe LogOutput(descriptor: descriptor).write(
        bytes, until: spoor_monotonic_ns() &+ 1_000_000_000, mayBlock: true)
    }
  }

  /// Whether the descriptor is a regular file that is appended to.
  private static func isAppendedTo(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      return false
    }
    return fcntl(descriptor, F_GETFL) & O_APPEND != 0 || lseek(descriptor, 0, SEEK_CUR) == status.st_size
  }

  /// The text after the last line end; nil if it cannot be read, or is longer than any line.
  private static func fragment(_ descriptor: Int32) -> [UInt8]? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    let count = min(Int(status.st_size), longest)
    var bytes = [UInt8](repeating: 0, count: count)
    guard unsafe pread(descriptor, &bytes, count, status.st_size - off_t(count)) == count else { return nil }
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return count < longest ? bytes : nil }
    return Array(bytes[(end + 1)...])
  }
}
