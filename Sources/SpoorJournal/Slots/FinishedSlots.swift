// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Finished spans that the shipper has not taken yet: a ring of slot numbers for each shard of threads.
///
/// The numbers are stored in an array and not in the slots. So the shipper reads one cache line for sixteen spans, and
/// can prefetch the slots, which are in another processor's cache. Each ring has room for all slots, so that none is
/// ever full; only used pages take memory.
@safe
final class FinishedSlots: @unchecked Sendable {  // Entries are only touched atomically, positions by the shipper.
  private let memory: JournalMapping
  /// Per shard `room` entries: a slot's number + 1, or 0 if there is none or it is about to be written.
  private let entries: UnsafeMutablePointer<UInt32>
  private let room: Int
  /// Per shard, the next position of the shipper.
  private let taken: UnsafeMutablePointer<UInt64>

  /// - Parameter slots: the number of slots in the journal.
  init(slots: Int) throws(JournalError) {
    let shardCount = SlotPool.shardCount
    room = 2 << max(slots - 1, 1).binaryLogarithm
    memory = try JournalMapping(anonymousBytes: shardCount * room * MemoryLayout<UInt32>.size)
    unsafe entries = memory.base.assumingMemoryBound(to: UInt32.self)
    unsafe taken = .allocate(capacity: shardCount)
    unsafe taken.initialize(repeating: 0, count: shardCount)
  }

  deinit { unsafe taken.deallocate() }

  @inline(__always)
  private func entry(_ shard: Int, _ position: UInt64) -> UnsafeMutablePointer<UInt32> {
    unsafe entries + (shard &* room &+ Int(truncatingIfNeeded: position) & (room - 1))
  }

  /// Stores a slot at a position that no other thread of the shard uses before the entry is taken.
  @inline(__always)
  func put(_ index: UInt32, _ shard: Int, at position: UInt64) {
    unsafe spoor_store32_release(entry(shard, position), index + 1)
  }

  /// Takes all entries, each shard's in the order of their positions.
  func take(into result: inout [UInt32]) {
    for shard in 0..<SlotPool.shardCount {
      var position = unsafe taken[shard]
      while true {
        let entry = unsafe self.entry(shard, position)
        let number = unsafe spoor_load32_acquire(entry)
        if number == 0 { break }
        unsafe spoor_store32_relaxed(entry, 0)
        result.append(number - 1)
        position += 1
      }
      unsafe taken[shard] = position
    }
  }
}
