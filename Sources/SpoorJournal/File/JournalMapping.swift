// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The memory of a journal: anonymous, or a file whose lock shows that its owner is alive.
@safe
final class JournalMapping: @unchecked Sendable {  // All properties are constant except `isRemoved`, which is Locked.
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let file: File?
  private let isRemoved = Locked(false)
  private let forkCount = spoor_fork_count()

  private struct File: Sendable {
    let directory: JournalDirectory
    let name: String
    let descriptor: Int32
    /// The number that `spoor_mapping_watch` returned.
    let watch: Int32
  }

  /// Maps zeroed anonymous memory. Only touched pages take memory.
  init(anonymousBytes byteCount: Int) throws(JournalError) {
    let address = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .noMemory(bytes: byteCount, code: errno)
    }
    unsafe base = address
    self.byteCount = byteCount
    file = nil
  }

  /// Creates a file with a random name: fully allocated, locked, and filled by `prepare` before it gets its final name.
  init(
    _ directory: JournalDirectory, byteCount: Int, prepare: (UnsafeMutableRawPointer) -> Void
  ) throws(JournalFileError) {
    let name = String(spoor_random_nonzero(), radix: 16)
    let temporary = ".\(name)\(JournalDirectory.unfinishedSuffix)"
    let descriptor = spoor_descriptor_above_standard(
      unsafe openat(directory.descriptor, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
    guard descriptor >= 0 else { throw .system("open", "\(directory.path)/\(temporary)", errno) }
    func fail(_ call: String, _ code: Int32) -> JournalFileError {
      unsafe unlinkat(directory.descriptor, temporary, 0)
      close(descriptor)
      return .system(call, "\(directory.path)/\(temporary)", code)
    }
    // The mode is set apart from the creation, which the process's mask applies to.
    if let group = directory.group,
      fchown(descriptor, uid_t.max, group) != 0 || fchmod(descriptor, 0o660) != 0
    {
      throw fail("chown to group \(group)", errno)
    }
    // The whole file is allocated now, because a page without disk space would raise SIGBUS later. (Beyond `ulimit -f`
    // it is EFBIG, and a SIGXFSZ that would end the process.)
    let code = SignalMask.withoutWriteSignals { Libc.allocate(descriptor, byteCount) }
    guard code == 0 else { throw fail("posix_fallocate", code) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw fail("flock", errno) }
    let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else { throw fail("mmap", errno) }
    unsafe prepare(address)
    let finalName = name + JournalDirectory.suffix
    guard unsafe renameat(directory.descriptor, temporary, directory.descriptor, finalName) == 0 else {
      let code = errno
      unsafe munmap(address, byteCount)
      throw fail("rename", code)
    }
    unsafe base = address
    self.byteCount = byteCount
    let watch = unsafe spoor_mapping_watch(address, byteCount, descriptor)
    file = File(directory: directory, name: finalName, descriptor: descriptor, watch: watch)
  }

  deinit {
    if let file { spoor_mapping_unwatch(file.watch) }
    unsafe munmap(base, byteCount)
    if let file {
      // Unlocked explicitly, because a child that is being spawned holds a copy of the descriptor until its `exec`.
      guard spoor_fork_count() == forkCount else { return }  // A forked child has already closed it.
      _ = flock(file.descriptor, LOCK_UN)
      close(file.descriptor)
    }
  }

  /// The file's name in its directory; nil in memory.
  var fileName: String? { file?.name }

  /// The number of pages that were replaced because the file no longer provides them.
  var lostPages: Int { file.map { Int(spoor_mapping_lost_pages($0.watch)) } ?? 0 }

  /// Whether the next start will find the file: false in memory, and after the file or its directory was removed.
  var isLinked: Bool {
    guard let file else { return false }
    var status = stat()
    return unsafe fstat(file.descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Releases the lock.
  func unlock() { if let file { _ = flock(file.descriptor, LOCK_UN) } }

  /// Removes the file, because it contains nothing for the next start.
  func removeFile() {
    guard let file else { return }
    let isFirst = isRemoved.withLock { isRemoved in
      defer { isRemoved = true }
      return !isRemoved
    }
    if isFirst { file.directory.remove(file.name) }
  }
}
