// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorJournal

/// Counts the arrivals of signals, for a thread that polls the count, because a signal handler may do no more than
/// that.
///
/// A previous handler of the signal is still called. A signal whose default action was to end the process no longer
/// ends it.
package enum SignalCounter {
  private static let size = 65

  /// Allocated before the first handler is installed, and never freed, because a handler may run at any time.
  ///
  /// Sendable, because counts are only accessed by atomic instructions, and the previous action is stored before
  /// Spoor's handler is installed.
  @safe
  private struct Table: @unchecked Sendable {
    let counts = UnsafeMutablePointer<UInt32>.allocate(capacity: SignalCounter.size)
    let before = UnsafeMutablePointer<sigaction>.allocate(capacity: SignalCounter.size)

    init() {
      unsafe counts.initialize(repeating: 0, count: SignalCounter.size)
      unsafe before.initialize(repeating: sigaction(), count: SignalCounter.size)
    }
  }

  private static let table = Table()
  private static let watched = Locked<Set<Int32>>([])

  /// The number of arrivals of the signal since it is watched.
  package static func count(_ signal: Int32) -> UInt32 {
    guard (1..<Int32(size)).contains(signal) else { return 0 }
    return unsafe spoor_load32_relaxed(table.counts + Int(signal))
  }

  /// Watches a signal from now on. Returns false if the system refuses.
  package static func watch(_ signal: Int32) -> Bool {
    guard (1..<Int32(size)).contains(signal) else { return false }
    return watched.withLock { watched in
      if watched.contains(signal) { return true }
      unsafe sigaction(signal, nil, table.before + Int(signal))
      var action = sigaction()
      unsafe action.handlerWithInfo = { signal, info, context in
        unsafe SignalCounter.arrived(signal, info, context)
      }
      action.sa_flags = Int32(SA_SIGINFO) | Int32(SA_RESTART) | Int32(SA_ONSTACK)
      unsafe sigfillset(&action.sa_mask)
      guard unsafe sigaction(signal, &action, nil) == 0 else { return false }
      watched.insert(signal)
      return true
    }
  }

  private static func arrived(
    _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
  ) {
    // The interrupted code may be about to read its own errno.
    let interrupted = errno
    defer { errno = interrupted }
    unsafe _ = spoor_add32(table.counts + Int(signal), 1)
    let before = unsafe table.before[Int(signal)]
    if before.sa_flags & Int32(SA_SIGINFO) != 0 {
      unsafe before.handlerWithInfo?(signal, info, context)
    } else if let handler = before.handlerWithoutInfo {
      // 1 is SIG_IGN. SIG_DFL is 0, which is no handler.
      if unsafe unsafeBitCast(handler, to: Int.self) != 1 { handler(signal) }
    }
  }
}
