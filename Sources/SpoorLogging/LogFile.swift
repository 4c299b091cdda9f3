#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A log file that is appended to, rotated at its size, and opened anew where somebody has put it aside.
///
/// Used by one thread at a time: the log's writer. Processes that share a file rotate it one at a time (`flock`).
package final class LogFile {
  /// Why a file cannot be written.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let code: Int32
    package var description: String { unsafe "\(path): \(String(cString: strerror(code)))" }
  }

  private let path: String
  private let rotation: LogRotation
  /// The same number as long as the file lives, whichever file it is by now: a forked child writes to it too.
  let descriptor: Int32
  /// What a file system gives out only once.
  private var identity: Identity

  private struct Identity: Equatable {
    var device: dev_t
    var inode: ino_t
    var isRegular: Bool
  }

  package init(path: String, rotation: LogRotation) throws(Failure) {
    self.path = path
    self.rotation = rotation
    (descriptor, identity) = try Self.open(path)
  }

  deinit { close(descriptor) }

  private static func open(_ path: String) throws(Failure) -> (Int32, Identity) {
    // Not blocking: a pipe that nobody reads must not stop the process at its start.
    let descriptor = systemOpen(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
    guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
    guard let identity = Self.identity(of: descriptor) else {
      let code = errno
      close(descriptor)
      throw Failure(path: path, code: code)
    }
    return (descriptor, identity)
  }

  private static func identity(of descriptor: Int32) -> Identity? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return Identity(device: status.st_dev, inode: status.st_ino, isRegular: status.st_mode & S_IFMT == S_IFREG)
  }

  /// Before lines are written: opens the path anew where it is another file by now, and rotates at the size. What fails
  /// leaves the old file in use.
  func prepare() {
    guard identity.isRegular else { return }
    if isPutAside { reopen() }
    guard rotation.bytes > 0, size >= rotation.bytes else { return }
    rotate()
  }

  /// Opens the path anew.
  func reopen() {
    guard let (new, newIdentity) = try? Self.open(path) else { return }
    defer { close(new) }
    guard dup2(new, descriptor) >= 0 else { return }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    identity = newIdentity
  }

  private var isPutAside: Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return true }
    return status.st_dev != identity.device || status.st_ino != identity.inode
  }

  private var size: Int {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  private func rotate() {
    // Of several processes one rotates; the others find a new file when it is their turn.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
    defer { flock(descriptor, LOCK_UN) }
    guard !isPutAside else { return reopen() }
    if rotation.keptFiles == 0 {
      unsafe unlink(path)
    } else {
      var number = rotation.keptFiles
      while number > 1 {
        unsafe rename("\(path).\(number - 1)", "\(path).\(number)")
        number -= 1
      }
      unsafe rename(path, "\(path).1")
    }
    reopen()
  }
}

private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  #if canImport(Glibc)
    unsafe Glibc.open(path, flags, mode)
  #elseif canImport(Musl)
    unsafe Musl.open(path, flags, mode)
  #else
    unsafe Darwin.open(path, flags, mode)
  #endif
}
