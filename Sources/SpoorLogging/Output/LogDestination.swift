// SPDX-License-Identifier: Apache-2.0

/// A destination of log lines.
public enum LogDestination: Sendable, Hashable {
  /// An open file descriptor: 1 is standard output, 2 standard error. It is never closed.
  case descriptor(Int32)
  /// A file, to which lines are appended. Without a rotation of its own it uses the configured one.
  case file(path: String, rotation: LogRotation? = nil)

  /// Standard output.
  public static let standardOutput = LogDestination.descriptor(1)
  /// Standard error.
  public static let standardError = LogDestination.descriptor(2)
}

/// When a log file is rotated.
///
/// When `PATH` reaches its size, it becomes `PATH.1`, that becomes `PATH.2` and so on; the last one is deleted. Lines
/// are never split. If another program rotates (logrotate), set the size to 0: Spoor notices that the file was renamed
/// or removed before it writes the next lines, or at once after a signal.
public struct LogRotation: Sendable, Hashable {
  /// The size of one file in bytes, 4 096 or more, or 0 for no rotation. A file can exceed it by one write, at most 256
  /// KiB. Default 100 MiB.
  public var bytes: Int
  /// The number of files that are kept besides the current one, 0 to 1 000. Default 5.
  public var keptFiles: Int

  /// Creates a rotation; without arguments, the default one.
  public init(bytes: Int = 100 << 20, keptFiles: Int = 5) {
    self.bytes = bytes
    self.keptFiles = keptFiles
  }
}
