// SPDX-License-Identifier: Apache-2.0

/// Blocks the signals that a write can raise, on the calling thread only. The process's signal actions do not change.
///
/// SIGPIPE (the reader has gone) and SIGXFSZ (the file would exceed `ulimit -f`) end a process by default. With the
/// signals blocked, the failed call still returns EPIPE or EFBIG.
package enum SignalMask {
  private static func writeSignals() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGPIPE)
    unsafe sigaddset(&set, SIGXFSZ)
    return set
  }

  /// Blocks them for as long as the thread lives. For Spoor's own threads.
  package static func blockWriteSignals() {
    var set = writeSignals()
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Blocks them while `body` runs, and removes those that `body` raised. For threads of the service.
  package static func withoutWriteSignals<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var set = writeSignals()
    var before = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, &set, &before)
    // Signals that were pending before are left alone. Signals that `body` raises are discarded even if the service
    // blocks them itself, because they would end the process once the service unblocks them.
    let foreign = [SIGPIPE, SIGXFSZ].filter(isPending)
    defer {
      for signal in [SIGPIPE, SIGXFSZ] where !foreign.contains(signal) && isPending(signal) { discard(signal) }
      unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return try body()
  }

  private static func isPending(_ signal: Int32) -> Bool {
    var pending = sigset_t()
    return unsafe sigpending(&pending) == 0 && sigismember(&pending, signal) == 1
  }

  private static func discard(_ signal: Int32) {
    var only = sigset_t()
    unsafe sigemptyset(&only)
    unsafe sigaddset(&only, signal)
    #if os(Linux)
      // Does not wait: another thread may have taken a signal that was sent to the process.
      var now = timespec()
      unsafe sigtimedwait(&only, nil, &now)
    #else
      var taken: Int32 = 0
      unsafe sigwait(&only, &taken)
    #endif
  }
}
