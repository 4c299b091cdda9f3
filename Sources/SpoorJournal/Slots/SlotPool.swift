// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The free slots, last freed first taken, and the queue of finished spans.
///
/// Taking the slot that was freed last keeps the working set in the cache; cycling through all slots would cost ten
/// times a span's write. The lists are sharded by thread, so that threads do not contend for one word. Free lists are
/// intrusive, through a slot's link word. Recovery does not depend on the lists: it reads the states of slots.
@safe
final class SlotPool: @unchecked Sendable {  // All words behind `shards` and `fresh` are only touched atomically.
  static let shardCount = 16
  private static let shardStride = CacheLines.size

  private let slots: SlotMemory
  /// Per shard, `shardStride` bytes apart: the head of the free list (tag << 32 | index + 1), and the number of spans
  /// that have finished here.
  private let shards: UnsafeMutableRawPointer
  /// The first slot that was never taken, so that pages are not touched before they are needed.
  private let fresh: UnsafeMutablePointer<UInt32>
  /// Per slot, the shard that took it last. The slot is returned there, where that thread searches first.
  private let homes: UnsafeMutablePointer<UInt8>
  private let finished: FinishedSlots

  init(slots: SlotMemory, finished: FinishedSlots) {
    self.slots = slots
    self.finished = finished
    unsafe shards = UnsafeMutableRawPointer(CacheLines.allocate(Self.shardCount * Self.shardStride, of: UInt8.self))
    unsafe fresh = CacheLines.allocate(1, of: UInt32.self)
    unsafe homes = UnsafeMutablePointer.allocate(capacity: Int(slots.count))
    unsafe homes.initialize(repeating: 0, count: Int(slots.count))
  }

  deinit {
    unsafe shards.deallocate()
    unsafe fresh.deallocate()
    unsafe homes.deallocate()
  }

  @inline(__always)
  private func word(_ shard: Int, _ offset: Int) -> UnsafeMutablePointer<UInt64> {
    unsafe (shards + shard &* Self.shardStride + offset).assumingMemoryBound(to: UInt64.self)
  }

  @inline(__always)
  private var currentShard: Int { Int(spoor_thread_number()) & (Self.shardCount - 1) }

  // MARK: Free slots

  /// Takes a free slot; nil if there is none.
  @inline(__always)
  func take() -> UInt32? {
    let shard = currentShard
    guard let index = pop(shard) ?? takeFresh() ?? steal(except: shard) else { return nil }
    // Only this thread uses the slot until it is returned. Usually its home is already this shard; not writing it again
    // avoids invalidating other threads' cache lines.
    let home = UInt8(truncatingIfNeeded: shard)
    if unsafe homes[Int(index)] != home { unsafe homes[Int(index)] = home }
    return index
  }

  private func pop(_ shard: Int) -> UInt32? {
    let head = unsafe word(shard, 0)
    while true {
      let seen = unsafe spoor_load64_acquire(head)
      let first = UInt32(truncatingIfNeeded: seen)
      guard first != 0 else { return nil }
      // A stale link is harmless: the tag has moved on and the exchange fails.
      let next = unsafe spoor_load32_relaxed(slots.word32(first &- 1, SlotLayout.link))
      let tag = (seen >> 32) &+ 1
      if unsafe spoor_cas64(head, seen, tag << 32 | UInt64(next)) {
        // Prefetches the slot of the next span, which the shipper used last, possibly on another processor.
        if next != 0 { unsafe spoor_prefetch(slots.address(next &- 1), 384) }
        return first &- 1
      }
    }
  }

  private func takeFresh() -> UInt32? {
    while true {
      let index = unsafe spoor_load32_relaxed(fresh)
      guard index < slots.count else { return nil }
      if unsafe spoor_cas32(fresh, index, index + 1) { return index }
    }
  }

  private func steal(except shard: Int) -> UInt32? {
    for distance in 1..<Self.shardCount {
      if let index = pop((shard + distance) & (Self.shardCount - 1)) { return index }
    }
    return nil
  }

  /// Adds a slot to a chain that is to be returned. Its state is already free and its generation incremented.
  func add(_ index: UInt32, to freed: inout FreedSlots) {
    let shard = unsafe homes[Int(index)]
    if freed.count > 0, freed.shard != shard || freed.count == FreedSlots.most { give(&freed) }
    if freed.count == 0 {
      freed.shard = shard
      freed.last = index
    } else {
      unsafe spoor_store32_relaxed(slots.word32(index, SlotLayout.link), freed.first + 1)
    }
    freed.first = index
    freed.count += 1
  }

  /// Returns slots to the shard of the thread that took them.
  func give(_ freed: inout FreedSlots) {
    guard freed.count > 0 else { return }
    let head = unsafe word(Int(freed.shard), 0)
    while true {
      let seen = unsafe spoor_load64_acquire(head)
      unsafe spoor_store32_relaxed(slots.word32(freed.last, SlotLayout.link), UInt32(truncatingIfNeeded: seen))
      let tag = (seen >> 32) &+ 1
      if unsafe spoor_cas64(head, seen, tag << 32 | UInt64(freed.first + 1)) { break }
    }
    freed.count = 0
  }

  // MARK: Finished spans

  /// Queues a finished span for the shipper. Returns the total of this thread's shard.
  @inline(__always)
  func pushFinished(_ index: UInt32) -> UInt64 {
    let shard = currentShard
    let position = unsafe spoor_add64_relaxed(word(shard, 8), 1)
    finished.put(index, shard, at: position)
    return position &+ 1
  }

  /// Takes all finished spans, each thread's in the order in which they ended. Only the shipper calls it.
  func takeFinished(into result: inout [UInt32]) { finished.take(into: &result) }

  /// The number of slots that were used at least once, which a scan has to read.
  var touchedCount: UInt32 { unsafe min(spoor_load32_relaxed(fresh), slots.count) }
}
