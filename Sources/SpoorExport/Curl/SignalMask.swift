#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Signals of the calling thread.
package enum SignalMask {
  /// Blocks SIGPIPE on the calling thread, for good: a collector that closes while OpenSSL writes would otherwise end the
  /// process, for libcurl is told to leave signals alone (NOSIGNAL). Call it first on the thread that sends.
  package static func blockSIGPIPE() {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }
}
