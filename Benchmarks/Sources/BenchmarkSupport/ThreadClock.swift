// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Processor time of the calling thread and of the whole process.
public enum ThreadClock {
  /// Processor time of the calling thread in nanoseconds.
  public static var now: UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }
  /// Processor time of all threads of the process in nanoseconds.
  public static var process: UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
