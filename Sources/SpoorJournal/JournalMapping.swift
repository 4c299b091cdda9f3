#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The memory of a journal: pages that are given back when the last reference goes.
@safe
final class JournalMapping: @unchecked Sendable {  // Both properties are constant.
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// Anonymous memory, zeroed, of which only touched pages are used.
  init(anonymousBytes byteCount: Int) throws(JournalError) {
    let address = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .noMemory(bytes: byteCount, code: errno)
    }
    unsafe base = address
    self.byteCount = byteCount
  }

  deinit { unsafe munmap(base, byteCount) }
}
