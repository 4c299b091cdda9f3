// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Wakes every thread that sleeps on it. Ringing costs one atomic addition, plus a system call only if a thread sleeps.
@safe
package final class Bell: @unchecked Sendable {  // Both words are only touched atomically.
  /// The number of rings, and the number of sleeping threads.
  private let words = unsafe CacheLines.allocate(2, of: UInt32.self)

  package init() {}

  deinit { unsafe words.deallocate() }

  package func ring() {
    unsafe _ = spoor_add32(words, 1)
    if unsafe spoor_load32_acquire(words + 1) != 0 { unsafe spoor_wake(words) }
  }

  /// The number of rings, for ``wait(after:nanoseconds:)``. Read it before looking for work, so that no ring is missed.
  package var count: UInt32 { unsafe spoor_load32_acquire(words) }

  /// Longer than a process lives: some 30 years.
  package static let forever: UInt64 = 1_000_000_000_000_000_000

  /// Sleeps until the bell is rung after `count` was read, or until the given time has passed.
  package func wait(after count: UInt32, nanoseconds: UInt64) {
    unsafe _ = spoor_add32(words + 1, 1)
    spoor_full_fence()
    if unsafe spoor_load32_acquire(words) == count { unsafe spoor_wait(words, count, nanoseconds) }
    unsafe _ = spoor_add32(words + 1, .max)  // One fewer.
  }
}
