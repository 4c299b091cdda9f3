internal import CSpoor
internal import SpoorBytes

/// Wakes one sleeping thread. Ringing costs one atomic add, and a system call only while somebody sleeps.
@safe
package final class Bell: @unchecked Sendable {  // Both words are only touched atomically.
  /// How often it was rung, and whether somebody sleeps.
  private let words = unsafe CacheLines.allocate(2, of: UInt32.self)

  package init() {}

  deinit { unsafe words.deallocate() }

  package func ring() {
    unsafe _ = spoor_add32(words, 1)
    if unsafe spoor_load32_acquire(words + 1) != 0 { unsafe spoor_wake(words) }
  }

  /// What to hand to ``wait(after:nanoseconds:)``: read it before looking for work, so that no ring is missed.
  package var count: UInt32 { unsafe spoor_load32_acquire(words) }

  /// Sleeps until it has been rung since `count` was read, or so many nanoseconds have passed.
  package func wait(after count: UInt32, nanoseconds: UInt64) {
    unsafe spoor_store32_release(words + 1, 1)
    spoor_full_fence()
    if unsafe spoor_load32_acquire(words) == count { unsafe spoor_wait(words, count, nanoseconds) }
    unsafe spoor_store32_release(words + 1, 0)
  }
}
