#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The end of a file of lines that a process was killed in the middle of.
///
/// The kernel copies a `write` page by page and stops between two pages when the process is killed: a regular file can end
/// in half a line. What is missing lies in the dead process's ring. So whoever writes to the file next completes the line
/// before it writes its own.
package enum BrokenLine {
  /// More than any line of ours.
  private static let longest = 256 << 10

  /// Completes the last line of the file that lines go to, if it is one and its last line has no end.
  ///
  /// - Parameter whole: finds the whole line, with its end, by its beginning; nil where nobody knows it: the half line is
  ///   then ended where it is.
  package static func mend(descriptor: Int32, whole: ([UInt8]) -> [UInt8]?) {
    guard isAppendedTo(descriptor) else { return }
    // Standard output is open for writing only.
    let reading = unsafe open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard reading >= 0 else { return }
    defer { close(reading) }
    // Of several processes that start at once, one mends.
    guard flock(reading, LOCK_EX | LOCK_NB) == 0, let fragment = fragment(reading), !fragment.isEmpty else { return }
    let rest = whole(fragment).map { Array($0.dropFirst(fragment.count)) } ?? Array("\n".utf8)
    unsafe rest.withUnsafeBytes { bytes in
      _ = unsafe LogOutput(descriptor: descriptor).write(bytes, patience: 1000)
    }
  }

  /// A regular file, and what we write comes behind all that is there.
  private static func isAppendedTo(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      return false
    }
    return fcntl(descriptor, F_GETFL) & O_APPEND != 0 || lseek(descriptor, 0, SEEK_CUR) == status.st_size
  }

  /// What stands behind the last line end; nil where it cannot be read, or is longer than any line.
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
