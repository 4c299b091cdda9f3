/// Where log lines go.
public enum LogDestination: Sendable, Hashable {
  /// An open file descriptor: 1 is standard output, 2 standard error. It is never closed.
  case descriptor(Int32)
  /// A file, which is appended to.
  case file(path: String, rotation: LogRotation = LogRotation())

  /// Standard output.
  public static let standardOutput = LogDestination.descriptor(1)
  /// Standard error.
  public static let standardError = LogDestination.descriptor(2)
}

/// When a log file makes way for a new one.
///
/// At its size the file `PATH` becomes `PATH.1`, that `PATH.2` and so on; the last one goes. Lines are never torn. Whoever
/// rotates from outside (logrotate) sets the size to 0: that the file has been renamed or removed is noticed before the
/// next lines are written, with a signal at once.
public struct LogRotation: Sendable, Hashable {
  /// Bytes of one file, 4 096 and more, or 0 for no rotation. A file is larger by at most what is written at once, 256 KiB.
  /// Default 100 MiB.
  public var bytes: Int
  /// Files that are kept beside the current one, 0 to 1 000. Default 5.
  public var keptFiles: Int

  /// The defaults, or others.
  public init(bytes: Int = 100 << 20, keptFiles: Int = 5) {
    self.bytes = bytes
    self.keptFiles = keptFiles
  }
}
