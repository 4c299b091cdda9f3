internal import CSpoor

/// Spans that have finished, on their way to the shipper: a ring of slot numbers for each shard of threads.
///
/// The numbers lie side by side, not in the slots: who takes them touches one cache line for sixteen spans, and can ask for the
/// slots' own lines, which another processor has, before it needs them. Room is for all slots in each ring, so that none is
/// ever full; only what is used becomes memory.
@safe
final class FinishedSlots: @unchecked Sendable {  // Entries are only touched atomically, positions by the shipper.
  private let memory: JournalMapping
  /// Per shard `room` entries: a slot's number + 1, or 0 where none is or somebody is about to write one.
  private let entries: UnsafeMutablePointer<UInt32>
  private let room: Int
  /// Per shard, where the shipper goes on.
  private let taken: UnsafeMutablePointer<UInt64>

  /// - Parameter slots: how many there are in the journal.
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

  /// Puts a slot at a position that nobody else of the shard has, or will have before it is taken.
  @inline(__always)
  func put(_ index: UInt32, _ shard: Int, at position: UInt64) {
    unsafe spoor_store32_release(entry(shard, position), index + 1)
  }

  /// Takes all that are there, each shard's in the order of their positions.
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
