internal import CSpoor
internal import SpoorBytes

/// Lines on their way to standard output: a ring in the journal's mapping, many writers, one reader.
///
/// A line is safe once it is committed here: a process killed afterwards has its lines written by the next start. The
/// region holds all that is needed for that. `FORMAT.md` describes it field by field.
///
/// A writer reserves room under a lock of a few nanoseconds, copies outside it, and commits with one store. A slow or
/// dead writer holds up no other line: the reader passes over what is not committed and comes back to it.
@safe
package final class LogRing: @unchecked Sendable {  // Positions are guarded by `lock` and atomics, bytes by states.
  package static let magic: UInt64 = 0x474F_4C52_4F4F_5053  // "SPOORLOG"
  package static let version: UInt32 = 1
  static let headerBytes = 128
  static let recordHeader = 16

  /// What a record's state word says. The numbers are the file's.
  enum State {
    static let reserved: UInt32 = 1
    static let committed: UInt32 = 2
    static let written: UInt32 = 3
    /// Room at the end that no record fitted into.
    static let padding: UInt32 = 4
    /// Committed, with stacks in it that have no names yet.
    static let unresolved: UInt32 = 5
  }

  /// Offsets in the header.
  enum Header {
    static let magic = 0
    static let version = 8
    static let capacity = 16
    /// Bytes ever reserved.
    static let head = 24
    /// Bytes ever done with: written, or given up.
    static let tail = 32
  }

  private let base: UnsafeMutableRawPointer
  private let capacity: UInt64
  /// The lock, whether the reader sleeps, how often room was made, whether the ring is stuck: 4 bytes each.
  private let words: UnsafeMutablePointer<UInt32>
  private let dropped: UnsafeMutablePointer<UInt64>
  package let bell = Bell()
  /// A line that crosses a multiple of two to the power of this, in bytes, wakes the reader: about every sixteenth of the ring,
  /// for to wake it costs the writer a microsecond and more.
  private let markShift: UInt64
  /// An empty ring of which more than this has been used begins at its start again.
  private static let windowBytes: UInt64 = 256 << 10

  /// Keeps the memory alive.
  private let owner: (any AnyObject & Sendable)?

  /// - Parameters:
  ///   - memory: zeroed, 16-aligned, at least 4 KiB, and alive as long as the ring.
  ///   - owner: what keeps it alive, where that is an object.
  package init(
    memory: UnsafeMutableRawBufferPointer, owner: (any AnyObject & Sendable)? = nil
  ) throws(JournalError) {
    guard let start = memory.baseAddress, memory.count >= 4096 else {
      throw .invalidSize(bytes: memory.count, expected: "at least 4096 bytes for the ring of log lines")
    }
    spoor_asymmetric_fence_prepare()
    self.owner = owner
    unsafe base = start
    let capacity = UInt64((memory.count - Self.headerBytes) & ~15)
    self.capacity = capacity
    markShift = UInt64(Int(max(64 << 10, capacity / 16)).binaryLogarithm)
    unsafe words = CacheLines.allocate(6, of: UInt32.self)
    unsafe dropped = CacheLines.allocate(2, of: UInt64.self)
    unsafe start.storeBytes(of: Self.version, toByteOffset: Header.version, as: UInt32.self)
    unsafe start.storeBytes(of: capacity, toByteOffset: Header.capacity, as: UInt64.self)
    unsafe start.storeBytes(of: Self.magic, toByteOffset: Header.magic, as: UInt64.self)
  }

  deinit {
    unsafe words.deallocate()
    unsafe dropped.deallocate()
  }

  private var head: UnsafeMutablePointer<UInt64> {
    unsafe (base + Header.head).assumingMemoryBound(to: UInt64.self)
  }

  private var tail: UnsafeMutablePointer<UInt64> {
    unsafe (base + Header.tail).assumingMemoryBound(to: UInt64.self)
  }

  /// Where in the ring the head is: a division less for each line. Guarded by the lock.
  private var headOffset: UnsafeMutablePointer<UInt64> {
    unsafe UnsafeMutableRawPointer(words + 4).assumingMemoryBound(to: UInt64.self)
  }

  private func record(_ position: UInt64) -> UnsafeMutableRawPointer {
    unsafe base + Self.headerBytes + Int(position % capacity)
  }

  private func state(_ record: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
    unsafe (record + 4).assumingMemoryBound(to: UInt32.self)
  }

  /// The longest line that fits: a quarter of the ring.
  package var maximumLineBytes: Int { Int(capacity / 4) }

  // MARK: Writing

  /// What became of a line.
  package enum Outcome: Sendable { case committed, dropped }

  /// Puts a line in. A full ring is waited for, at most `patience` nanoseconds (0: not at all); then the line is dropped
  /// and counted, and so is every further one, without waiting, until there is room again.
  ///
  /// - Parameters:
  ///   - line: with its line end.
  ///   - isUrgent: rings the bell at once.
  ///   - isUnresolved: whether something is to be done with it before it is written.
  package func append(
    _ line: UnsafeRawBufferPointer, isUrgent: Bool, isUnresolved: Bool = false, patience nanoseconds: UInt64
  ) -> Outcome {
    guard let bytes = line.baseAddress, line.count <= maximumLineBytes else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      return .dropped
    }
    guard let place = unsafe reserve(line.count) ?? waitForRoom(line.count, nanoseconds) else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      return .dropped
    }
    unsafe commit(
      bytes, line.count, place, isUrgent: isUrgent, as: isUnresolved ? State.unresolved : State.committed)
    return .committed
  }

  /// Puts a line in if there is room; false, and nothing counted, where there is none now. A line that never fits is
  /// dropped and counted.
  package func appendIfRoom(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let bytes = line.baseAddress, line.count <= maximumLineBytes else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      return true
    }
    guard let place = unsafe reserve(line.count) else {
      bell.ring()
      return false
    }
    unsafe commit(bytes, line.count, place, isUrgent: false, as: State.committed)
    return true
  }

  /// Room for a line: its position, and where that is. Found out once, by a division.
  private typealias Place = (position: UInt64, record: UnsafeMutableRawPointer)

  private func commit(_ bytes: UnsafeRawPointer, _ count: Int, _ place: Place, isUrgent: Bool, as value: UInt32) {
    let (position, record) = unsafe place
    unsafe (record + Self.recordHeader).copyMemory(from: bytes, byteCount: count)
    unsafe spoor_store32_release(state(record), value)
    // What the reader's word says is read after the line can be seen: see ``readerSleeps()``.
    spoor_asymmetric_fence_light()
    // The ring is larger than a cache: the next line's place is asked for while there is time.
    let next = unsafe record + Self.size(count)
    if unsafe next + 1024 <= base + Self.headerBytes + Int(capacity) { unsafe spoor_prefetch(next + 512, 512) }
    let crossesMark = position >> markShift != (position + UInt64(Self.size(count))) >> markShift
    if unsafe isUrgent || crossesMark || (spoor_load32_relaxed(words + 1) == 1 && spoor_cas32(words + 1, 1, 0)) {
      bell.ring()
    }
  }

  static func size(_ bytes: Int) -> Int { recordHeader + (bytes + 15) & ~15 }

  private func reserve(_ bytes: Int) -> Place? {
    let needed = UInt64(Self.size(bytes))
    unsafe spoor_spin_lock(words)
    defer { unsafe spoor_spin_unlock(words) }
    var position = unsafe spoor_load64_relaxed(head)
    let end = unsafe spoor_load64_acquire(tail) + capacity
    let offset = unsafe headOffset.pointee
    let room = capacity - offset
    let padding = room < needed ? room : 0
    guard position + padding + needed <= end else { return nil }
    var record = unsafe base + Self.headerBytes + Int(offset)
    if padding > 0 {
      unsafe writePadding(record, position, padding)
      position += padding
      unsafe record = base + Self.headerBytes
    }
    unsafe write(record, position, bytes: bytes, state: State.reserved)
    unsafe spoor_store64_release(head, position + needed)
    let next = padding > 0 ? needed : offset + needed
    unsafe headOffset.pointee = next == capacity ? 0 : next
    return unsafe (position, record)
  }

  /// A record's header: length 4, state 4, its position 8 bytes, which tells it from an older round's.
  @inline(__always)
  private func write(_ record: UnsafeMutableRawPointer, _ position: UInt64, bytes: Int, state value: UInt32) {
    unsafe record.storeBytes(of: UInt32(bytes), as: UInt32.self)
    unsafe record.storeBytes(of: position, toByteOffset: 8, as: UInt64.self)
    unsafe spoor_store32_release(state(record), value)
  }

  /// Leaves out the rest of a round.
  private func writePadding(_ record: UnsafeMutableRawPointer, _ position: UInt64, _ room: UInt64) {
    unsafe write(record, position, bytes: Int(room) - Self.recordHeader, state: State.padding)
  }

  private func waitForRoom(_ bytes: Int, _ nanoseconds: UInt64) -> Place? {
    // Once lines are dropped, nobody waits again until there was room: the service is not to crawl.
    guard nanoseconds > 0, unsafe spoor_load32_acquire(words + 3) == 0 else { return nil }
    let deadline = spoor_monotonic_ns() + nanoseconds
    while true {
      let rounds = unsafe spoor_load32_acquire(words + 2)
      bell.ring()
      if let place = unsafe reserve(bytes) { return unsafe place }
      let now = spoor_monotonic_ns()
      guard now < deadline else {
        unsafe spoor_store32_release(words + 3, 1)
        return nil
      }
      unsafe spoor_wait(words + 2, rounds, deadline - now)
    }
  }

  /// How many lines were dropped so far.
  package var droppedCount: UInt64 { unsafe spoor_load64_relaxed(dropped) }

  // MARK: Reading: one thread at a time

  /// The committed lines that are not yet written, oldest first, until `body` says no. `body` gets a line, where it lies,
  /// and whether it is unresolved; it is told again until ``markWritten(_:)``.
  package func forEachCommitted(_ body: (UnsafeRawBufferPointer, UInt64, Bool) -> Bool) {
    var position = unsafe spoor_load64_relaxed(tail)
    let end = unsafe spoor_load64_acquire(head)
    while position < end {
      let record = unsafe record(position)
      let length = Int(unsafe record.load(as: UInt32.self))
      let value = unsafe spoor_load32_acquire(state(record))
      if value == State.committed || value == State.unresolved {
        let line = unsafe UnsafeRawBufferPointer(start: record + Self.recordHeader, count: length)
        guard unsafe body(line, position, value == State.unresolved) else { return }
      }
      position += UInt64(Self.size(length))
    }
  }

  /// A line has been written.
  package func markWritten(_ position: UInt64) {
    unsafe spoor_store32_release(state(record(position)), State.written)
  }

  /// Makes the room of what is done with free again.
  package func advance() {
    var position = unsafe spoor_load64_relaxed(tail)
    let start = position
    let end = unsafe spoor_load64_acquire(head)
    while position < end {
      let record = unsafe record(position)
      let value = unsafe spoor_load32_acquire(state(record))
      guard value == State.written || value == State.padding else { break }
      position += UInt64(Self.size(Int(unsafe record.load(as: UInt32.self))))
    }
    guard position != start else { return }
    unsafe spoor_store64_release(tail, position)
    if position == end { rewind() }
    unsafe spoor_store32_release(words + 3, 0)
    unsafe _ = spoor_add32(words + 2, 1)
    unsafe spoor_wake(words + 2)
  }

  /// Begins at the start again where the ring is empty: lines that are written in time so stay in the cache, and few pages of
  /// the file ever need to go to the disk.
  private func rewind() {
    guard unsafe spoor_load64_relaxed(tail) % capacity >= Self.windowBytes else { return }
    unsafe spoor_spin_lock(words)
    defer { unsafe spoor_spin_unlock(words) }
    let position = unsafe spoor_load64_relaxed(head)
    guard unsafe spoor_load64_relaxed(tail) == position else { return }
    let room = unsafe capacity - headOffset.pointee
    unsafe writePadding(record(position), position, room)
    unsafe spoor_store64_release(head, position + room)
    unsafe headOffset.pointee = 0
    unsafe spoor_store64_release(tail, position + room)
  }

  /// Whether everything that was reserved is done with.
  package var isEmpty: Bool { unsafe spoor_load64_acquire(head) == spoor_load64_acquire(tail) }

  /// Bytes in use.
  package var usedBytes: Int { Int(unsafe spoor_load64_acquire(head) &- spoor_load64_acquire(tail)) }

  /// The reader is about to sleep: the next line is to wake it.
  package func readerSleeps() {
    unsafe spoor_store32_release(words + 1, 1)
    spoor_asymmetric_fence_heavy()
  }

  /// The reader is awake.
  package func readerIsAwake() { unsafe spoor_store32_release(words + 1, 0) }
}
