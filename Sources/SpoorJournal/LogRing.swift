// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import SpoorBase

/// A ring of log lines that have not been written to the output, in the journal's mapping, with many writers and one
/// reader.
///
/// A line is safe once it is committed: if the process is killed afterwards, the next start writes it. The region holds
/// everything needed for that. `FORMAT.md` describes it field by field.
///
/// A writer reserves room under a lock of a few nanoseconds, copies outside the lock, and commits with one store. A
/// slow or dead writer delays no other line: the reader skips uncommitted lines and returns to them.
@safe
package final class LogRing: @unchecked Sendable {  // Positions are guarded by `lock` and atomics, bytes by states.
  package static let magic: UInt64 = 0x474F_4C52_4F4F_5053  // "SPOORLOG"
  package static let version: UInt32 = 1
  static let headerBytes = 128
  static let recordHeader = 16

  /// The state of a record. The numbers are part of the file format.
  enum State {
    static let reserved: UInt32 = 1
    static let committed: UInt32 = 2
    static let written: UInt32 = 3
    /// Padding at the end of the ring, where no record fitted.
    static let padding: UInt32 = 4
    /// Committed, with stacks whose names have not been looked up.
    static let unresolved: UInt32 = 5
    /// Written by every destination; only the exporter of log records has not sent it yet.
    static let exportOnly: UInt32 = 6
    /// Committed for the destinations only: a dead process's line, which is exported from that process's file.
    static let notExported: UInt32 = 7
  }

  /// Offsets in the header.
  enum Header {
    static let magic = 0
    static let version = 8
    static let capacity = 16
    /// The total number of bytes reserved so far.
    static let head = 24
    /// The total number of bytes that have been written or dropped so far.
    static let tail = 32
  }

  private let base: UnsafeMutableRawPointer
  private let capacity: UInt64
  /// The lock, whether the reader sleeps, the number of times that room was made, and whether the ring is stuck: 4
  /// bytes each.
  private let words: UnsafeMutablePointer<UInt32>
  private let dropped: UnsafeMutablePointer<UInt64>
  /// ``tail``, on a cache line that writers do not touch.
  private let positions: UnsafeMutablePointer<UInt64>
  package let bell = Bell()
  /// A line that crosses a multiple of two to this power, in bytes, wakes the reader. That is about every sixteenth of
  /// the ring, because a wake-up costs the logging thread more than 1 µs.
  private let markShift: UInt64
  /// An empty ring of which more than this many bytes have been used starts again at its beginning.
  private static let windowBytes: UInt64 = 256 << 10

  /// Keeps the memory alive.
  private let owner: (any AnyObject & Sendable)?

  /// - Parameters:
  ///   - memory: zeroed memory, aligned to 16 bytes, of at least 4 KiB, which lives as long as the ring.
  ///   - owner: the object that keeps the memory alive, if there is one.
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
    unsafe words = CacheLines.allocate(8, of: UInt32.self)
    unsafe positions = CacheLines.allocate(1, of: UInt64.self)
    unsafe dropped = CacheLines.allocate(2, of: UInt64.self)
    writeHeader()
  }

  private func writeHeader() {
    unsafe base.storeBytes(of: Self.version, toByteOffset: Header.version, as: UInt32.self)
    unsafe base.storeBytes(of: capacity, toByteOffset: Header.capacity, as: UInt64.self)
    unsafe spoor_store64_relaxed(head(inFile: ()), spoor_load64_relaxed(head))
    unsafe spoor_store64_relaxed(tail(inFile: ()), spoor_load64_relaxed(tail))
    unsafe base.storeBytes(of: Self.magic, toByteOffset: Header.magic, as: UInt64.self)
  }

  deinit {
    unsafe words.deallocate()
    unsafe positions.deallocate()
    unsafe dropped.deallocate()
  }

  /// The total number of bytes reserved. This process uses this word; the file has a copy for later readers, because
  /// pages of the file can be lost while the process runs.
  private var head: UnsafeMutablePointer<UInt64> {
    unsafe UnsafeMutableRawPointer(words + 6).assumingMemoryBound(to: UInt64.self)
  }

  /// The total number of bytes that were written or dropped. The file has a copy, like that of ``head``.
  private var tail: UnsafeMutablePointer<UInt64> { unsafe positions }

  private func head(inFile: ()) -> UnsafeMutablePointer<UInt64> {
    unsafe (base + Header.head).assumingMemoryBound(to: UInt64.self)
  }

  private func tail(inFile: ()) -> UnsafeMutablePointer<UInt64> {
    unsafe (base + Header.tail).assumingMemoryBound(to: UInt64.self)
  }

  private func setHead(_ position: UInt64) {
    unsafe spoor_store64_release(head(inFile: ()), position)
    unsafe spoor_store64_release(head, position)
  }

  private func setTail(_ position: UInt64) {
    unsafe spoor_store64_release(tail(inFile: ()), position)
    unsafe spoor_store64_release(tail, position)
  }

  /// The head's offset in the ring, which saves a division for each line. Guarded by the lock.
  private var headOffset: UnsafeMutablePointer<UInt64> {
    unsafe UnsafeMutableRawPointer(words + 4).assumingMemoryBound(to: UInt64.self)
  }

  private func record(_ position: UInt64) -> UnsafeMutableRawPointer {
    unsafe base + Self.headerBytes + Int(position % capacity)
  }

  private func state(_ record: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
    unsafe (record + 4).assumingMemoryBound(to: UInt32.self)
  }

  /// The maximum length of a line: a quarter of the ring.
  package var maximumLineBytes: Int { Int(capacity / 4) }

  // MARK: Writing

  /// The outcome for a line.
  package enum Outcome: Sendable { case committed, dropped }

  /// Adds a line. If the ring is full, it waits for at most `patience` nanoseconds (0: not at all). Then the line is
  /// dropped and counted, and so is every further line, without waiting, until there is room again.
  ///
  /// - Parameters:
  ///   - line: the line with its line end.
  ///   - isUrgent: whether to wake the reader at once.
  ///   - isUnresolved: whether the line contains stacks without names.
  package func append(
    _ line: UnsafeRawBufferPointer, isUrgent: Bool, isUnresolved: Bool = false, patience nanoseconds: UInt64
  ) -> Outcome {
    guard let bytes = line.baseAddress, line.count <= maximumLineBytes else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      return .dropped
    }
    guard let place = unsafe reserve(line.count) ?? waitForRoom(line.count, nanoseconds) else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      if wakesReader() { bell.ring() }  // It may make room.
      return .dropped
    }
    unsafe commit(
      bytes, line.count, place, isUrgent: isUrgent, as: isUnresolved ? State.unresolved : State.committed)
    return .committed
  }

  /// Adds a line if there is room. Returns `false` and counts nothing if there is none at the moment. A line that can
  /// never fit is dropped and counted.
  ///
  /// - Parameter isExported: false for a line that the exporter of log records gets from somewhere else.
  package func appendIfRoom(_ line: UnsafeRawBufferPointer, isExported: Bool = true) -> Bool {
    guard let bytes = line.baseAddress, line.count <= maximumLineBytes else {
      unsafe _ = spoor_add64_relaxed(dropped, 1)
      return true
    }
    guard let place = unsafe reserve(line.count) else {
      bell.ring()
      return false
    }
    unsafe commit(
      bytes, line.count, place, isUrgent: false, as: isExported ? State.committed : State.notExported)
    return true
  }

  /// Room for a line: its position, and its memory in the ring.
  private typealias Place = (position: UInt64, record: UnsafeMutableRawPointer)

  private func commit(_ bytes: UnsafeRawPointer, _ count: Int, _ place: Place, isUrgent: Bool, as value: UInt32) {
    let (position, record) = unsafe place
    unsafe (record + Self.recordHeader).copyMemory(from: bytes, byteCount: count)
    unsafe spoor_store32_release(state(record), value)
    // The reader's state must be read after the line is visible: see ``readerSleeps()``.
    spoor_asymmetric_fence_light()
    // The ring is larger than the cache, so the memory of the next line is prefetched.
    let next = unsafe record + Self.size(count)
    if unsafe next + 1024 <= base + Self.headerBytes + Int(capacity) { unsafe spoor_prefetch(next + 512, 512) }
    let crossesMark = position >> markShift != (position + UInt64(Self.size(count))) >> markShift
    if isUrgent || crossesMark || wakesReader() { bell.ring() }
  }

  /// Whether the reader sleeps, and this is the thread that has to wake it.
  @inline(__always)
  private func wakesReader() -> Bool {
    unsafe spoor_load32_relaxed(words + 1) == 1 && spoor_cas32(words + 1, 1, 0)
  }

  static func size(_ bytes: Int) -> Int { recordHeader + (bytes + 15) & ~15 }

  private func reserve(_ bytes: Int) -> Place? {
    let needed = UInt64(Self.size(bytes))
    unsafe spoor_busy_lock(words)
    defer { unsafe spoor_busy_unlock(words) }
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
    setHead(position + needed)
    let next = padding > 0 ? needed : offset + needed
    unsafe headOffset.pointee = next == capacity ? 0 : next
    return unsafe (position, record)
  }

  /// Writes the header of a record: length (4 bytes), state (4) and position (8), which distinguishes it from a record
  /// of an older round.
  @inline(__always)
  private func write(_ record: UnsafeMutableRawPointer, _ position: UInt64, bytes: Int, state value: UInt32) {
    unsafe record.storeBytes(of: UInt32(bytes), as: UInt32.self)
    unsafe record.storeBytes(of: position, toByteOffset: 8, as: UInt64.self)
    unsafe spoor_store32_release(state(record), value)
  }

  /// Skips the rest of a round.
  private func writePadding(_ record: UnsafeMutableRawPointer, _ position: UInt64, _ room: UInt64) {
    unsafe write(record, position, bytes: Int(room) - Self.recordHeader, state: State.padding)
  }

  private func waitForRoom(_ bytes: Int, _ nanoseconds: UInt64) -> Place? {
    // Once lines are dropped, no writer waits until there has been room again; otherwise the service would crawl.
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

  /// The number of times that room was made.
  package var rounds: UInt32 { unsafe spoor_load32_acquire(words + 2) }

  /// Waits until room is made again, at most for the given time.
  package func waitForRound(after rounds: UInt32, nanoseconds: UInt64) {
    unsafe spoor_wait(words + 2, rounds, nanoseconds)
  }

  /// The number of dropped lines.
  package var droppedCount: UInt64 { unsafe spoor_load64_relaxed(dropped) }

  // MARK: Reading: one thread at a time

  /// Calls `body` with the committed lines that are not yet written, oldest first, until it returns `false`. It
  /// receives the line, its position and whether it is unresolved. A line is passed again until ``markWritten(_:)``.
  package func forEachCommitted(_ body: (UnsafeRawBufferPointer, UInt64, Bool) -> Bool) {
    _ = unsafe forEachPending(from: 0) { position, line, kind in
      guard let line = unsafe line else { return true }
      return unsafe body(line, position, kind == .unresolved)
    }
  }

  /// Calls `body` with the unwritten lines from `start` on, oldest first, until it returns false.
  ///
  /// - Parameters:
  ///   - start: a position that was returned before; a position outside the ring means its oldest line.
  ///   - body: gets a line's position, the line (nil while it is still being copied), and what it needs.
  /// - Returns: the first position that `body` has not seen.
  package func forEachPending(
    from start: UInt64, _ body: (UInt64, UnsafeRawBufferPointer?, PendingLine) -> Bool
  ) -> UInt64 {
    let tail = unsafe spoor_load64_acquire(tail)
    let end = unsafe spoor_load64_acquire(head)
    var position = start >= tail && start <= end ? start : tail
    while position < end {
      guard let length = length(at: position) else {
        position = next(behind: position, end)
        continue
      }
      let record = unsafe record(position)
      let value = unsafe spoor_load32_acquire(state(record))
      let next = position + UInt64(Self.size(length))
      var goesOn = true
      if value == State.committed || value == State.unresolved || value == State.notExported {
        let line = unsafe UnsafeRawBufferPointer(start: record + Self.recordHeader, count: length)
        let kind: PendingLine =
          value == State.unresolved ? .unresolved : value == State.notExported ? .notExported : .whole
        goesOn = unsafe body(position, line, kind)
      } else if value == State.reserved {
        goesOn = body(position, nil, .whole)
      }
      position = next
      if !goesOn { break }
    }
    return position
  }

  /// Whether there is a line at or after a position, including one that is still being copied.
  package func hasLines(from position: UInt64) -> Bool { unsafe spoor_load64_acquire(head) > position }

  /// The position after the newest line.
  package var end: UInt64 { unsafe spoor_load64_acquire(head) }

  /// Whether everything before a position is written or dropped.
  package func isDone(upTo position: UInt64) -> Bool { unsafe spoor_load64_acquire(tail) >= position }

  /// The length of the record at a position; nil if there is none. Every position below ``head`` has a header, so the
  /// only reason is that the file was truncated and zeroed pages have replaced its own.
  @inline(__always)
  private func length(at position: UInt64) -> Int? {
    let record = unsafe record(position)
    // A lost page is all zero, and so is the first position. So the state is checked as well, which is never 0 in a
    // record.
    guard unsafe record.load(fromByteOffset: 8, as: UInt64.self) == position,
      unsafe spoor_load32_acquire(state(record)) != 0
    else { return nil }
    let length = Int(unsafe record.load(as: UInt32.self))
    let room = capacity - position % capacity
    return UInt64(length) + UInt64(Self.recordHeader) <= room ? length : nil
  }

  /// The position of the next record after one whose page was lost: records are aligned, and each contains its
  /// position. Anything in between is lost.
  @inline(never)
  private func next(behind position: UInt64, _ end: UInt64) -> UInt64 {
    var position = position + 16
    while position < end, length(at: position) == nil { position += 16 }
    return min(position, end)
  }

  /// Marks a line as written by every destination, while the exporter of log records still needs it.
  package func markExportOnly(_ position: UInt64) {
    unsafe spoor_store32_release(state(record(position)), State.exportOnly)
  }

  /// Marks a line as written.
  package func markWritten(_ position: UInt64) {
    unsafe spoor_store32_release(state(record(position)), State.written)
  }

  /// Frees the room of lines that have been written or dropped.
  package func advance() {
    var position = unsafe spoor_load64_relaxed(tail)
    let start = position
    let end = unsafe spoor_load64_acquire(head)
    if unsafe base.load(fromByteOffset: Header.magic, as: UInt64.self) != Self.magic { writeHeader() }
    while position < end {
      guard let length = length(at: position) else {
        position = next(behind: position, end)
        continue
      }
      let value = unsafe spoor_load32_acquire(state(record(position)))
      guard value == State.written || value == State.padding else { break }
      position += UInt64(Self.size(length))
    }
    guard position != start else { return }
    setTail(position)
    if position == end { rewind() }
    unsafe spoor_store32_release(words + 3, 0)
    unsafe _ = spoor_add32(words + 2, 1)
    unsafe spoor_wake(words + 2)
  }

  /// Starts again at the beginning if the ring is empty. Lines that are written in time then stay in the cache, and few
  /// pages of the file are ever written to disk.
  private func rewind() {
    guard unsafe spoor_load64_relaxed(tail) % capacity >= Self.windowBytes else { return }
    unsafe spoor_busy_lock(words)
    defer { unsafe spoor_busy_unlock(words) }
    let position = unsafe spoor_load64_relaxed(head)
    guard unsafe spoor_load64_relaxed(tail) == position else { return }
    let room = unsafe capacity - headOffset.pointee
    unsafe writePadding(record(position), position, room)
    setHead(position + room)
    unsafe headOffset.pointee = 0
    setTail(position + room)
  }

  /// Whether every reserved line has been written or dropped.
  package var isEmpty: Bool { unsafe spoor_load64_acquire(head) == spoor_load64_acquire(tail) }

  /// The size of the ring for lines and their headers, in bytes.
  package var capacityBytes: Int { Int(capacity) }

  /// The number of bytes in use.
  package var usedBytes: Int { Int(unsafe spoor_load64_acquire(head) &- spoor_load64_acquire(tail)) }

  /// Declares that the reader is about to sleep, so that the next line wakes it.
  package func readerSleeps() {
    unsafe spoor_store32_release(words + 1, 1)
    spoor_asymmetric_fence_heavy()
  }

  /// Declares that the reader is awake.
  package func readerIsAwake() { unsafe spoor_store32_release(words + 1, 0) }
}

/// What a line in the ring needs.
package enum PendingLine: Sendable {
  case whole
  /// It contains stacks without names.
  case unresolved
  /// The exporter of log records does not need it.
  case notExported
}
