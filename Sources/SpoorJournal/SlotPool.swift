internal import CSpoor
internal import SpoorBytes

/// Who may take which slot: free lists, last freed first out, and the spans that have finished.
///
/// Taking the slot freed last keeps the working set in the cache; cycling through all of them costs ten times a span's
/// write. The lists are sharded by thread so that eight threads do not fight over one word; those of free slots are intrusive, by
/// a slot's link word. They are accelerators: a recovering process reads states, not lists.
@safe
final class SlotPool: @unchecked Sendable {  // All words behind `shards` and `fresh` are only touched atomically.
  static let shardCount = 16
  private static let shardStride = CacheLines.size

  private let slots: SlotMemory
  /// Per shard, `shardStride` bytes apart: the free list's head (tag << 32 | index + 1), how many spans have finished here.
  private let shards: UnsafeMutableRawPointer
  /// The first slot that was never taken: pages are touched when they are needed, not before.
  private let fresh: UnsafeMutablePointer<UInt32>
  /// Per slot, the shard that took it last: it goes back to where that thread looks first.
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

  /// A free slot, or nil where there is none.
  @inline(__always)
  func take() -> UInt32? {
    let shard = currentShard
    guard let index = pop(shard) ?? takeFresh() ?? steal(except: shard) else { return nil }
    // The slot is ours alone until it is given back. Mostly it was ours before: its neighbours' threads need not hear of it.
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
        // The next span's: the shipper had it last, on another processor maybe.
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

  /// Puts a slot to those that are to be given back. Its state is free and its generation raised already.
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

  /// Gives slots back: to the thread that took them.
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

  /// Hands a finished span on. Returns how many this thread's shard has had so far.
  @inline(__always)
  func pushFinished(_ index: UInt32) -> UInt64 {
    let shard = currentShard
    let position = unsafe spoor_add64_relaxed(word(shard, 8), 1)
    finished.put(index, shard, at: position)
    return position &+ 1
  }

  /// Takes all finished spans, each thread's in the order in which they ended. The shipper's.
  func takeFinished(into result: inout [UInt32]) { finished.take(into: &result) }

  /// How many slots have been touched at least once: those a scan has to look at.
  var touchedCount: UInt32 { unsafe min(spoor_load32_relaxed(fresh), slots.count) }
}

/// Slots that are free and not yet given back: a chain, in the order in which they will be taken. Each thread's word is so
/// written once for many slots, and not for each of them while its thread takes others.
package struct FreedSlots {
  /// Of more, some are given back on the way: nobody is to wait for them.
  static let most = 64

  fileprivate(set) var count = 0
  fileprivate var first: UInt32 = 0
  fileprivate var last: UInt32 = 0
  /// The thread's that took them.
  fileprivate var shard: UInt8 = 0

  var delivered: UInt64 = 0
  var rejected: UInt64 = 0
  var extensions: UInt64 = 0

  package init() {}
}
