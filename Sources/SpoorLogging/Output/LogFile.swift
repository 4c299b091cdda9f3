// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// A log file that is appended to, rotated at its size, and reopened if another program has moved it away.
///
/// Only one thread at a time uses it: the log's writer. Processes that share a file rotate it one at a time (`flock`).
package final class LogFile {
  /// Why a file cannot be written.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let code: Int32
    package var description: String { "\(path): \(Libc.message(code))" }
  }

  private let path: String
  private let rotation: LogRotation
  /// The number stays the same as long as this object lives, even if it refers to another file by now, because a forked
  /// child writes to it too.
  let descriptor: Int32
  /// The device and inode of the file, which identify it.
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
    // Non-blocking, because a pipe without a reader must not block the start of the process.
    let descriptor = spoor_descriptor_above_standard(
      Libc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640))
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

  /// Called before lines are written. Reopens the path if it is another file by now, and rotates at the size. After an
  /// error the old file stays in use.
  func prepare() {
    guard identity.isRegular else { return }
    if isPutAside { reopen() }
    guard rotation.bytes > 0, size >= rotation.bytes else { return }
    rotate()
  }

  /// Reopens the path.
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
    // If several processes share the file, one of them rotates; the others notice the new file before their next write.
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
