import Foundation

/// Processor time of the calling thread, and of the whole process.
public enum ThreadClock {
  /// Nanoseconds that the calling thread has been running.
  public static var now: UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }
  /// Nanoseconds that all threads of the process have been running.
  public static var process: UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
