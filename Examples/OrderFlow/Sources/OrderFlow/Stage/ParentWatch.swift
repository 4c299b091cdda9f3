// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends this process when its parent has ended.
///
/// The parent holds the writing end of the pipe that is this process's standard input, and never writes. When the
/// parent ends in any way, the system closes the pipe, and this process reads the end of the file. (Linux's
/// `PR_SET_PDEATHSIG` follows the *thread* that started the process, and threads of a pool come and go.)
enum ParentWatch {
  /// How long the process may take to end after SIGTERM before it is killed.
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
