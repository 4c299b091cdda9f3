internal import CSpoor
internal import SpoorJournal

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Counts the arrivals of signals, for a thread that looks at the count now and then: all that a signal handler may do.
///
/// Whoever handled the signal before is called as before. A signal whose default action was to end the process ends it no
/// longer.
package enum SignalCounter {
  private static let size = 65

  /// Made before the first handler is installed, and never freed: a handler may run at any time.
  ///
  /// Sendable because counts are only touched by atomic instructions, and what was before is set before our handler is.
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

  /// How often the signal has come since it is watched.
  package static func count(_ signal: Int32) -> UInt32 {
    guard (1..<Int32(size)).contains(signal) else { return 0 }
    return unsafe spoor_load32_relaxed(table.counts + Int(signal))
  }

  /// Watches a signal from now on. False where the system refuses.
  package static func watch(_ signal: Int32) -> Bool {
    guard (1..<Int32(size)).contains(signal) else { return false }
    return watched.withLock { watched in
      if watched.contains(signal) { return true }
      unsafe sigaction(signal, nil, table.before + Int(signal))
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_sigaction = { signal, info, context in
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
    // The code that was interrupted may be about to read its own.
    let interrupted = errno
    defer { errno = interrupted }
    unsafe _ = spoor_add32(table.counts + Int(signal), 1)
    let before = unsafe table.before[Int(signal)]
    if before.sa_flags & Int32(SA_SIGINFO) != 0 {
      unsafe before.__sigaction_handler.sa_sigaction?(signal, info, context)
    } else if let handler = unsafe before.__sigaction_handler.sa_handler {
      // 1 is SIG_IGN; SIG_DFL is 0, and so no handler.
      if unsafe unsafeBitCast(handler, to: Int.self) != 1 { handler(signal) }
    }
  }
}
