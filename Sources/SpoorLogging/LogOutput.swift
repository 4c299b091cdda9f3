#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file descriptor that lines are written to, whole lines at a time.
///
/// On a pipe at most `PIPE_BUF` bytes at a time, ending at a line's end, so that processes that share it do not tear each
/// other's lines (POSIX: such writes are atomic). A single line can be longer than that; processes that write through
/// this type therefore lock the pipe for each other while they write, for a turn of some such pieces. What others write,
/// and what comes while a process is stopped in the middle of a long line, can land in a line of more than `PIPE_BUF` bytes.
struct LogOutput: Sendable {
  let descriptor: Int32
  private let isPipe: Bool
  /// What is written in one piece, and what goes out before the others have their turn.
  private let chunkBytes: Int
  private let turnBytes: Int
  /// How long the others are waited for before a short chunk is written all the same.
  private static let lockPatience: Int32 = 200

  init(descriptor: Int32) {
    self.descriptor = descriptor
    var status = stat()
    isPipe = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    chunkBytes = isPipe ? 4096 : 256 << 10
    turnBytes = isPipe ? 64 << 10 : 256 << 10
  }

  /// What became of a write.
  enum Outcome: Equatable {
    case written
    /// Nobody reads, or there is no room: try again later. `done` bytes of the turn are out.
    case blocked(done: Int, code: Int32)
  }

  private static let newline = UInt8(ascii: "\n")

  /// How many of these bytes go out with the next ``write(_:patience:)``: up to the end of a line.
  func turn(of bytes: UnsafeRawBufferPointer) -> Int { unsafe Self.wholeLines(of: bytes, atMost: turnBytes) }

  private static func wholeLines(of bytes: UnsafeRawBufferPointer, atMost limit: Int) -> Int {
    guard bytes.count > limit else { return bytes.count }
    if let end = unsafe bytes[..<limit].lastIndex(of: newline) { return end + 1 }
    // A single line longer than that cannot be written in one piece that is safe; it goes alone.
    if let end = unsafe bytes.firstIndex(of: newline) { return end + 1 }
    return bytes.count
  }

  /// Writes all of a turn, or as much as goes without waiting longer than `patience` milliseconds for room.
  func write(_ turn: UnsafeRawBufferPointer, patience: Int32) -> Outcome {
    guard isPipe else { return unsafe writeAlone(turn, patience: patience) }
    let isOurs = lock()
    let outcome = withoutBrokenPipeSignal { unsafe writeInPieces(turn, isOurs: isOurs, patience: patience) }
    // In the middle of a line the pipe stays ours until the rest is out.
    if case .blocked(let done, _) = outcome, done > 0, unsafe turn[done - 1] != Self.newline { return outcome }
    unlock()
    return outcome
  }

  private func writeInPieces(_ turn: UnsafeRawBufferPointer, isOurs: Bool, patience: Int32) -> Outcome {
    var done = 0
    while done < turn.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: turn[done...])
      let size = unsafe Self.wholeLines(of: rest, atMost: chunkBytes)
      guard isOurs || size <= chunkBytes else { return .blocked(done: done, code: EAGAIN) }
      switch unsafe writeAlone(UnsafeRawBufferPointer(rebasing: rest[..<size]), patience: patience) {
      case .written: done += size
      case .blocked(let part, let code): return .blocked(done: done + part, code: code)
      }
    }
    return .written
  }

  /// Waits for the others' turn to end. A record lock: the only kind that a pipe has, and it ends with its process.
  private func lock() -> Bool {
    for _ in 0..<Self.lockPatience {
      if setLock(F_WRLCK) || (errno != EAGAIN && errno != EACCES) { return true }
      usleep(1000)
    }
    return false
  }

  private func unlock() { _ = setLock(F_UNLCK) }

  private func setLock(_ type: Int32) -> Bool {
    var request = flock()
    request.l_type = Int16(type)
    request.l_whence = Int16(SEEK_SET)
    return unsafe fcntl(descriptor, F_SETLK, &request) == 0
  }

  /// A pipe that nobody reads any more is an error to be dealt with, not the end of the process: on the threads of others
  /// SIGPIPE waits, and what came of it is taken away.
  private func withoutBrokenPipeSignal(_ body: () -> Outcome) -> Outcome {
    var pipe = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&pipe)
    unsafe sigaddset(&pipe, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before)
    let outcome = body()
    if unsafe sigismember(&before, SIGPIPE) == 0 {
      var pending = sigset_t()
      var taken: Int32 = 0
      if unsafe sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1 {
        unsafe sigwait(&pipe, &taken)
      }
      unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return outcome
  }

  private func writeAlone(_ bytes: UnsafeRawBufferPointer, patience: Int32) -> Outcome {
    var done = 0
    while done < bytes.count {
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = unsafe poll(&request, 1, patience)
      if ready == 0 { return .blocked(done: done, code: EAGAIN) }
      let count = unsafe systemWrite(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count > 0 {
        done += count
      } else if count < 0, errno != EINTR {
        return .blocked(done: done, code: errno)
      }
    }
    return .written
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  #if canImport(Glibc)
    unsafe Glibc.write(descriptor, bytes, count)
  #elseif canImport(Musl)
    unsafe Musl.write(descriptor, bytes, count)
  #else
    unsafe Darwin.write(descriptor, bytes, count)
  #endif
}
