import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends this process when the one that started it is gone.
///
/// The parent holds the writing end of the pipe that is our standard input and never writes. When it ends, however it
/// ends, the system closes the pipe: we read the end of the file. (Linux's `PR_SET_PDEATHSIG` would follow the *thread*
/// that started us, and the threads of a pool come and go.)
enum ParentWatch {
  /// How long the process may take to end by itself before it is killed.
  static let patience: TimeInterval = 10

  /// Starts the thread that waits for the end of standard input.
  static func start() {
    let thread = Thread {
      while let data = try? FileHandle.standardInput.read(upToCount: 64), !data.isEmpty {}
      kill(getpid(), SIGTERM)
      Thread.sleep(forTimeInterval: patience)
      kill(getpid(), SIGKILL)
    }
    thread.name = "parent watch"
    thread.start()
  }
}
