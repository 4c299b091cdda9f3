// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// A file descriptor to which whole lines are written, without blocking if the system allows that.
///
/// | descriptor | how it is written without blocking |
/// |---|---|
/// | socket | `send` with `MSG_DONTWAIT` and `MSG_NOSIGNAL`; a datagram socket gets one line per datagram |
/// | pipe | `pwritev2` with `RWF_NOWAIT` |
/// | FIFO, terminal | a separate open file description, opened through `/proc/self/fd` for each turn |
/// | any, with `O_NONBLOCK` set by its owner | `write` |
/// | regular file, other device | `write`, which can only wait for the disk |
///
/// The flags of the descriptor are never changed, because other processes may share it. If none of these is possible
/// (an old kernel without `/proc`), a write may block, so only Spoor's own thread tries it.
///
/// On a pipe at most `PIPE_BUF` bytes are written at a time, ending at a line's end, so that processes that share it do
/// not tear each other's lines (POSIX: such writes are atomic). A single line can be longer than that; processes that
/// write through this type therefore lock the pipe for each other while they write, for a turn of several such pieces.
/// Output of other programs, or of other processes while one is stopped in the middle of a long line, can still end up
/// inside a line of more than `PIPE_BUF` bytes.
final class LogOutput: @unchecked Sendable {  // Used by one thread at a time: see ``LogQueue/take(_:)``.
  let descriptor: Int32
  /// The number of lines that were too long for a datagram.
  private(set) var refusedLines: UInt64 = 0

  private enum Kind { case stream, datagram, pipe, terminal, file }
  private var kind = Kind.file
  /// The file that `kind` describes. The program may open another file under the same descriptor.
  private var known: (device: dev_t, inode: ino_t)?
  /// False once the kernel has reported that it does not support this for the file.
  private var writesAtOnce = true
  /// The separate description of a FIFO or terminal; kept from one turn to the next only in the middle of a line.
  private var ownDescriptor: Int32 = -1
  /// Whether the current write may block.
  private var mayBlock = false

  /// How long to wait for other processes before a short piece is written anyway: 200 ms.
  private static let lockPatience: UInt64 = 200_000_000
  private static let newline = UInt8(ascii: "\n")

  init(descriptor: Int32) {
    self.descriptor = descriptor
    identify()
  }

  /// Whether a write may wait for a disk.
  var isOnDisk: Bool { kind == .file }

  deinit { closeOwn() }

  /// The outcome of a write.
  enum Outcome: Equatable {
    case written
    /// There was no room in time, or the write failed; try again later. `done` bytes of the turn are written.
    case blocked(done: Int, code: Int32)
    /// The write was not tried, because it might have blocked.
    case skipped
  }

  private func identify() {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      known = nil
      kind = .file
      return
    }
    if let known, known.device == status.st_dev, known.inode == status.st_ino { return }
    closeOwn()
    known = (status.st_dev, status.st_ino)
    writesAtOnce = true
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: kind = isStream ? .stream : .datagram
    case S_IFIFO: kind = .pipe
    case S_IFCHR: kind = isatty(descriptor) == 1 ? .terminal : .file
    default: kind = .file
    }
  }

  private var isStream: Bool {
    var type: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    return unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == stream
  }

  private func closeOwn() {
    if ownDescriptor >= 0 { close(ownDescriptor) }
    ownDescriptor = -1
  }

  // MARK: Turns

  /// The number of bytes to pass to the next ``write(_:until:mayBlock:)``: up to the end of a line.
  func turn(of bytes: UnsafeRawBufferPointer) -> Int {
    switch kind {
    case .pipe: unsafe Self.wholeLines(of: bytes, atMost: 64 << 10)
    case .datagram: unsafe Self.wholeLines(of: bytes, atMost: 0)
    case .stream, .terminal, .file: unsafe Self.wholeLines(of: bytes, atMost: 256 << 10)
    }
  }

  private static func wholeLines(of bytes: UnsafeRawBufferPointer, atMost limit: Int) -> Int {
    if limit > 0 {
      guard bytes.count > limit else { return bytes.count }
      if let end = unsafe bytes[..<limit].lastIndex(of: newline) { return end + 1 }
    }
    // A single longer line cannot be written atomically, so it is written alone.
    if let end = unsafe bytes.firstIndex(of: newline) { return end + 1 }
    return bytes.count
  }

  /// Writes a whole turn, or as much of it as possible until the deadline.
  ///
  /// - Parameters:
  ///   - deadline: nanoseconds of the monotonic clock; after it, one attempt without waiting is made.
  ///   - mayBlock: whether a disk or an old kernel may block this thread beyond the deadline. If not, such a descriptor
  ///     is skipped.
  func write(_ turn: UnsafeRawBufferPointer, until deadline: UInt64, mayBlock: Bool) -> Outcome {
    identify()
    self.mayBlock = mayBlock
    switch kind {
    case .stream, .datagram:
      return unsafe write(turn, .send, until: deadline)
    case .file:
      guard mayBlock else { return .skipped }
      return SignalMask.withoutWriteSignals { unsafe write(turn, .plain, until: deadline) }
    case .terminal:
      let outcome = SignalMask.withoutWriteSignals {
        unsafe write(turn, way, until: deadline)
      }
      closeOwn()
      return outcome
    case .pipe:
      return SignalMask.withoutWriteSignals { unsafe writeToPipe(turn, until: deadline) }
    }
  }

  private func writeToPipe(_ turn: UnsafeRawBufferPointer, until deadline: UInt64) -> Outcome {
    guard let way else { return .skipped }
    let isOurs = lock(until: deadline)
    let outcome = unsafe writeInPieces(turn, way, isOurs: isOurs, until: deadline)
    // In the middle of a line the lock is kept until the rest is written. (Closing any descriptor of the pipe would
    // release it.)
    if case .blocked(let done, _) = outcome, done > 0, unsafe turn[done - 1] != Self.newline { return outcome }
    unlock()
    closeOwn()
    return outcome
  }

  private func writeInPieces(
    _ turn: UnsafeRawBufferPointer, _ way: Way, isOurs: Bool, until deadline: UInt64
  ) -> Outcome {
    let piece = 4096  // PIPE_BUF
    var done = 0
    while done < turn.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: turn[done...])
      let size = unsafe Self.wholeLines(of: rest, atMost: piece)
      guard isOurs || size <= piece else { return .blocked(done: done, code: EAGAIN) }
      switch unsafe write(UnsafeRawBufferPointer(rebasing: rest[..<size]), way, until: deadline) {
      case .written: done += size
      case .blocked(let part, let code): return .blocked(done: done + part, code: code)
      case .skipped: return done == 0 ? .skipped : .blocked(done: done, code: EAGAIN)
      }
    }
    return .written
  }

  /// Locks the pipe against other processes. It is a record lock, the only kind that pipes support, and ends with the
  /// process.
  private func lock(until deadline: UInt64) -> Bool {
    let patience = min(deadline, spoor_monotonic_ns() &+ Self.lockPatience)
    while true {
      if setLock(F_WRLCK) || (errno != EAGAIN && errno != EACCES) { return true }
      guard spoor_monotonic_ns() < patience else { return false }
      usleep(1000)
    }
  }

  private func unlock() { _ = setLock(F_UNLCK) }

  private func setLock(_ type: Int32) -> Bool {
    var request = flock()
    request.l_type = Int16(type)
    request.l_whence = Int16(SEEK_SET)
    return unsafe fcntl(descriptor, F_SETLK, &request) == 0
  }

  // MARK: Single writes

  private enum Way { case send, plain, atOnce, own, polled }

  /// How a pipe or terminal is written now; nil if only a blocking write is left and not allowed.
  private var way: Way? {
    if fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0 { return .plain }
    if writesAtOnce { return .atOnce }
    if ownDescriptor < 0 { ownDescriptor = spoor_open_again(descriptor) }
    if ownDescriptor >= 0 { return .own }
    return mayBlock ? .polled : nil
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ way: Way?, until deadline: UInt64) -> Outcome {
    guard var way else { return .skipped }
    var done = 0
    var fruitless = 0
    while done < bytes.count {
      if way == .polled, !waitForRoom(until: deadline) { return .blocked(done: done, code: EAGAIN) }
      let count = unsafe writeOnce(UnsafeRawBufferPointer(rebasing: bytes[done...]), way)
      if count > 0 {
        done += count
        fruitless = 0
        continue
      }
      switch Int32(-count) {
      case EINTR: continue
      case EOPNOTSUPP where way == .atOnce:
        writesAtOnce = false
        guard let other = self.way else { return done == 0 ? .skipped : .blocked(done: done, code: EAGAIN) }
        way = other
      case EMSGSIZE where kind == .datagram:
        refusedLines += 1
        return .written
      case 0, EAGAIN, EWOULDBLOCK:
        // `poll` can report room that is not sufficient.
        fruitless += 1
        if fruitless > 1 { usleep(1000) }
        guard waitForRoom(until: deadline) else { return .blocked(done: done, code: EAGAIN) }
      case let code: return .blocked(done: done, code: code)
      }
    }
    return .written
  }

  /// Returns the number of bytes written, or minus an errno.
  private func writeOnce(_ bytes: UnsafeRawBufferPointer, _ way: Way) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    let count: Int
    switch way {
    case .atOnce: return unsafe spoor_write_at_once(descriptor, start, bytes.count)
    case .send: count = unsafe Libc.send(descriptor, start, bytes.count)
    case .plain: count = unsafe Libc.write(descriptor, start, bytes.count)
    // A pipe in blocking mode is written in pieces, each after `poll` has reported room for one.
    case .polled: count = unsafe Libc.write(descriptor, start, min(bytes.count, 4096))
    case .own: count = unsafe Libc.write(ownDescriptor, start, bytes.count)
    }
    return count < 0 ? -Int(errno) : count
  }

  /// Waits for room. Returns whether there is room before the deadline, or an error that the next write will report.
  private func waitForRoom(until deadline: UInt64) -> Bool {
    let now = spoor_monotonic_ns()
    let milliseconds = deadline > now ? Int32(clamping: (deadline - now + 999_999) / 1_000_000) : 0
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let ready = unsafe poll(&request, 1, milliseconds)
    return ready > 0 || (ready < 0 && errno == EINTR && spoor_monotonic_ns() < deadline)
  }
}
