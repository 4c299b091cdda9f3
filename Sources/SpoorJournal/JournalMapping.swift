internal import CSpoor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The memory of a journal: anonymous, or a file that says by its lock that its owner lives.
@safe
final class JournalMapping: @unchecked Sendable {  // All properties are constant but `isRemoved`, which is Locked.
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let file: File?
  private let isRemoved = Locked(false)
  private let forkCount = spoor_fork_count()

  private struct File: Sendable {
    let directory: JournalDirectory
    let name: String
    let descriptor: Int32
    /// Of ``spoor_mapping_watch``.
    let watch: Int32
  }

  /// Anonymous memory, zeroed, of which only touched pages are used.
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

  /// A new file with a random name, allocated whole, locked, and written to by `prepare` before it has its name.
  init(
    _ directory: JournalDirectory, byteCount: Int, prepare: (UnsafeMutableRawPointer) -> Void
  ) throws(JournalFileError) {
    let name = String(spoor_random_nonzero(), radix: 16)
    let temporary = ".\(name)\(JournalDirectory.unfinishedSuffix)"
    let descriptor = unsafe openat(
      directory.descriptor, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("open", "\(directory.path)/\(temporary)", errno) }
    func fail(_ call: String, _ code: Int32) -> JournalFileError {
      unsafe unlinkat(directory.descriptor, temporary, 0)
      close(descriptor)
      return .system(call, "\(directory.path)/\(temporary)", code)
    }
    // All of it now: a page that the disk has no room for later would be a SIGBUS.
    let code = posix_fallocate(descriptor, 0, off_t(byteCount))
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
      // Explicitly: a child that is being spawned at this moment holds a copy of the descriptor until its `exec`.
      guard spoor_fork_count() == forkCount else { return }  // A forked child has closed it already.
      _ = flock(file.descriptor, LOCK_UN)
      close(file.descriptor)
    }
  }

  /// The file's name in its directory, nil in memory.
  var fileName: String? { file?.name }

  /// Pages that had to be replaced because the file could not hold them any more.
  var lostPages: Int { file.map { Int(spoor_mapping_lost_pages($0.watch)) } ?? 0 }

  /// Lets go of the lock.
  func unlock() { if let file { _ = flock(file.descriptor, LOCK_UN) } }

  /// Takes the file's name away: there is nothing left in it for a next start.
  func removeFile() {
    guard let file else { return }
    let isFirst = isRemoved.withLock { isRemoved in
      defer { isRemoved = true }
      return !isRemoved
    }
    if isFirst { file.directory.remove(file.name) }
  }
}
