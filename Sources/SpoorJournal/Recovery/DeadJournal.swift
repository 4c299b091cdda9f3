// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The journal file of a dead process, whose lock no process holds, opened by the process that ships it.
///
/// It is read with `pread`, never mapped, and its content is not trusted. The lock is held as long as this object
/// lives, so that two processes never adopt the same file.
@safe
package final class DeadJournal: Sendable {
  /// What is wrong with a file.
  package struct Damage: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Why a file is not adopted.
  package enum Refusal: Error, Equatable {
    /// Its owner is alive, or another process is adopting it.
    case inUse
    /// The file does not exist any more.
    case gone
    /// It cannot be read now: there is no descriptor or memory, or the disk fails. The content may be intact.
    case later(code: Int32)
    /// The content cannot be trusted.
    case damaged(Damage)
  }

  /// A span of the file, by its head slot.
  package struct Entry: Sendable, Hashable {
    package let index: UInt32
    package let state: SlotState
    /// The generation of the slot when the file was opened: how often the slot was used.
    let generation: UInt32
  }

  /// The resource under which its spans are shipped.
  package let resource: Resource
  package let processID: UInt64
  /// The last sign of life, in nanoseconds since 1970.
  package let lastSeen: UInt64
  /// The last sign of life by the monotonic clock of its boot, in nanoseconds.
  package let lastSeenMonotonic: UInt64
  /// The spans to ship: finished, undecided, and open ones.
  package let entries: [Entry]
  /// The log lines that were committed and not written.
  package let lines: [[UInt8]]
  /// The lines that the exporter of log records had not sent. If the process had none, these are ``lines``.
  package let linesToExport: [[UInt8]]
  package let fileName: String
  /// The path of the file, which identifies it among those of several directories.
  package let path: String
  /// The number of spans that were dropped because the journal was full.
  package let droppedSpans: UInt64
  /// The time of a regular end (a shutdown or `exit`), in monotonic nanoseconds; nil if there was none.
  package let endedAt: UInt64?
  /// Whether an earlier start has logged how the process ended.
  package let isReported: Bool
  /// The crash record of the signal handler, and the list of images that is needed to resolve the process's addresses.
  package let crashArea: [UInt8]
  /// The number of processes in a row that died while they read the whole file.
  package var interruptedReads: Int {
    if let deaths = mark.deaths, deaths.subject == .wholeFile { Int(deaths.count) } else { 0 }
  }

  private let directory: JournalDirectory
  private let descriptor: Int32
  private let ownership: Ownership
  private let slotsOffset: Int
  private let slotCount: UInt32
  /// The offset of the ring; 0 without one.
  private let logRingOffset: Int
  private let mark: ReadingMark
  private let records: [RecoveredLine]
  private let progress: Locked<Progress>

  /// What is done with the lines.
  private struct Progress: Sendable {
    var isWritten = false
    var isExported = false
    var reports: [[UInt8]] = []
  }

  /// Log lines about the end of the process that are to be exported as its own.
  package var reports: [[UInt8]] { progress.withLock { $0.reports } }

  package func addReport(_ line: [UInt8]) { progress.withLock { $0.reports.append(line) } }

  /// How the file is opened.
  package enum Ownership: Sendable {
    /// Locked, to be shipped by this process.
    case adopted
    /// Read-only, whether it is owned or not. Nothing may be marked or removed.
    case glance
  }

  /// Opens a file of the directory. With ``Ownership/adopted``, it is locked, which fails if another process owns it.
  package init(
    _ directory: JournalDirectory, name: String, ownership: Ownership = .adopted
  ) throws(Refusal) {
    let access = ownership == .adopted ? O_RDWR : O_RDONLY
    let descriptor = try Self.open(directory, name, access)
    do throws(Refusal) {
      if ownership == .adopted, flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        throw errno == EWOULDBLOCK ? .inUse : .later(code: errno)
      }
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else { throw .later(code: errno) }
      // Another process may have adopted and removed it between opening and locking.
      guard status.st_nlink > 0 else { throw .gone }
      let mark = ReadingMark(descriptor, isWritten: ownership == .adopted)
      let content = try Content(
        descriptor, size: Int(status.st_size), owner: status.st_uid, expecting: directory.owner, mark)
      resource = content.resource
      processID = content.processID
      lastSeen = content.lastSeen
      lastSeenMonotonic = content.lastSeenMonotonic
      slotsOffset = content.slotsOffset
      slotCount = content.slotCount
      entries = content.entries
      records = content.lines
      lines = records.filter(\.needsWriting).map(\.bytes)
      linesToExport = records.filter(\.needsExport).map(\.bytes)
      progress = Locked(Progress())
      crashArea = content.crashArea
      droppedSpans = content.droppedSpans
      logRingOffset = content.logRingOffset
      endedAt = content.endedAt
      isReported = content.isReported
      self.mark = mark
    } catch {
      close(descriptor)
      throw error
    }
    self.directory = directory
    self.descriptor = descriptor
    self.ownership = ownership
    fileName = name
    path = Self.path(of: name, in: directory)
  }

  static func path(of name: String, in directory: JournalDirectory) -> String { "\(directory.path)/\(name)" }

  private static func open(
    _ directory: JournalDirectory, _ name: String, _ access: Int32
  ) throws(Refusal) -> Int32 {
    while true {
      let descriptor = spoor_descriptor_above_standard(
        unsafe openat(directory.descriptor, name, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK))
      if descriptor >= 0 { return descriptor }
      switch errno {
      case EINTR: continue
      case ENOENT: throw .gone
      case ELOOP, ENXIO, EISDIR: throw .damaged(Damage(description: "is no regular file"))
      default: throw .later(code: errno)
      }
    }
  }

  /// How long ago the file's process was last seen alive, by its heartbeat, in nanoseconds; nil if the file cannot be
  /// read. If the heartbeat is in the future, the clock was set, and the process counts as dead for long.
  static func silence(_ directory: JournalDirectory, name: String) -> UInt64? {
    guard let descriptor = try? open(directory, name, O_RDONLY) else { return nil }
    defer { close(descriptor) }
    var heartbeat: UInt64 = 0
    guard unsafe pread(descriptor, &heartbeat, 8, off_t(JournalHeader.heartbeatRealtime)) == 8 else { return nil }
    let now = spoor_realtime_ns()
    let last = UInt64(littleEndian: heartbeat)
    return last <= now ? now - last : .max
  }

  /// Whether a process owns the file or is adopting it. Changes nothing, but no other process can adopt the file during
  /// the call.
  package static func isInUse(_ directory: JournalDirectory, name: String) -> Bool {
    guard let descriptor = try? open(directory, name, O_RDONLY) else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Runs `body`, which interprets content of the file. If three processes in a row die meanwhile, the next one sets
  /// the file aside, so that it does not break every start.
  package func whileReading<Result>(_ body: () -> Result) -> Result {
    mark.begin(.wholeFile)
    defer { mark.end() }
    return body()
  }

  /// Notes that one of ``entries`` is being read, until the next call or ``endReading()``.
  package func beginReading(_ entry: Entry) { mark.begin(.slot(entry.index)) }

  /// Notes that nothing of the file is being read.
  package func endReading() { mark.end() }

  /// The approximate size of this object in memory, in bytes.
  package var memoryBytes: Int {
    entries.count * MemoryLayout<Entry>.stride + crashArea.count
      + lines.reduce(0) { $0 + max($1.count, 16) + 48 }
  }

  deinit {
    // Unlocked explicitly, because a child that is being spawned holds a copy of the descriptor until its `exec`.
    if ownership == .adopted { _ = flock(descriptor, LOCK_UN) }
    close(descriptor)
  }

  /// The outcome of reading one of ``entries``.
  package enum Reading<Value> {
    case read(Value)
    /// The record is not whole, and never will be.
    case damaged
    /// The system refused to read it: it says nothing about the content.
    case later(code: Int32)

    package var value: Value? { if case .read(let value) = self { value } else { nil } }
  }

  /// Hands one of ``entries`` to `body` as a record; nil where it is not whole or cannot be read now.
  package func withRecord<Result>(
    _ entry: Entry, adding more: [(key: String, value: String)] = [], _ body: (SpanRecord) -> Result
  ) -> Result? {
    read(entry, adding: more, body).value
  }

  /// Hands one of ``entries`` to `body` as a record.
  ///
  /// An open span gets the flag ``SpanRecordFlags/interrupted`` and lasts up to the last sign of life. The same file
  /// always gives the same record.
  ///
  /// - Parameter more: attributes that are added to the span's own.
  package func read<Result>(
    _ entry: Entry, adding more: [(key: String, value: String)] = [], _ body: (SpanRecord) -> Result
  ) -> Reading<Result> {
    unsafe withUnsafeTemporaryAllocation(byteCount: 2 * SlotLayout.size, alignment: 8) { room in
      // One slot for the head, one for the extensions, one after the other.
      guard let head = room.baseAddress else { return .damaged }
      switch unsafe readSlot(entry.index, into: head) {
      case .read: break
      case .damaged: return .damaged
      case .later(let code): return .later(code: code)
      }
      return unsafe interpret(
        head, isOpen: entry.state == .open, adding: more, extensionRoom: head + SlotLayout.size, body)
    }
  }

  /// Hands the span of a head slot in memory to `body`.
  ///
  /// - Parameter extensionRoom: memory for one slot.
  private func interpret<Result>(
    _ head: UnsafeMutableRawPointer, isOpen: Bool, adding more: [(key: String, value: String)],
    extensionRoom: UnsafeMutableRawPointer, _ body: (SpanRecord) -> Result
  ) -> Reading<Result> {
    let length = unsafe Int(head.load(fromByteOffset: SlotLayout.length, as: UInt32.self))
    guard length % 8 == 0, length <= 65_528 else { return .damaged }
    var refusal: Int32?
    let result: Result = unsafe SlotChain.withFields(
      head: head, length: length,
      extension: { unsafe readExtension($0, into: extensionRoom, refusal: &refusal) }
    ) { fields in
      unsafe withFields(fields, adding: more) { fields in
        unsafe body(
          SpanRecord(
            head: head, duration: isOpen ? openDuration(head) : nil,
            adding: isOpen ? .interrupted : SpanRecordFlags(), fields: fields))
      }
    }
    return refusal.map { .later(code: $0) } ?? .read(result)
  }

  /// The slots that are read at once.
  private static let blockSlots = 256

  /// Calls `body` with each span that is open now and was open when the file was opened, and returns what it made of
  /// them. The process may be alive: a span whose slot was freed or used again, also while it was read, is left out.
  package func openRecords<Result>(_ body: (SpanRecord) -> Result) -> [Result] {
    let open = entries.filter { $0.state == .open }
    guard !open.isEmpty else { return [] }
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: (Self.blockSlots + 1) * SlotLayout.size, alignment: 8)
    defer { unsafe block.deallocate() }
    guard let base = block.baseAddress else { return [] }
    let extensionRoom = unsafe base + Self.blockSlots * SlotLayout.size
    var results: [Result] = []
    var next = 0
    while next < open.count {
      let first = open[next].index
      let count = min(UInt32(Self.blockSlots), slotCount - first)
      let bytes = Int(count) * SlotLayout.size
      func read() -> Bool {
        unsafe Self.read(
          descriptor, into: UnsafeMutableRawBufferPointer(start: base, count: bytes),
          at: slotsOffset + Int(first) * SlotLayout.size) == bytes
      }
      func head(_ entry: Entry) -> UnsafeMutableRawPointer {
        unsafe base + Int(entry.index - first) * SlotLayout.size
      }
      func isOpen(_ entry: Entry) -> Bool {
        unsafe head(entry).load(fromByteOffset: SlotLayout.state, as: UInt32.self) == SlotState.open.rawValue
          && head(entry).load(fromByteOffset: SlotLayout.generation, as: UInt32.self) == entry.generation
      }
      let isRead = read()
      var found: [(entry: Entry, result: Result)] = []
      while next < open.count, open[next].index - first < count {
        let entry = open[next]
        next += 1
        guard isRead, isOpen(entry) else { continue }
        let reading = unsafe interpret(
          head(entry), isOpen: true, adding: [], extensionRoom: extensionRoom, body)
        if let result = reading.value { found.append((entry, result)) }
      }
      guard !found.isEmpty, read() else { continue }
      for (entry, result) in found where isOpen(entry) { results.append(result) }
    }
    return results
  }

  /// The whole lines that are still in the ring's memory, written or not, the oldest first.
  package func history() -> [[UInt8]] {
    guard logRingOffset > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: slotsOffset - logRingOffset)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe Self.read(descriptor, into: $0, at: logRingOffset) }
    guard count == bytes.count else { return [] }
    return unsafe bytes.withUnsafeBytes { unsafe LogRingRecovery.history(in: $0) }
  }

  /// How long an open span lasted: up to the last sign of life, at least 1 µs.
  private func openDuration(_ head: UnsafeRawPointer) -> UInt64 {
    let start = unsafe head.load(fromByteOffset: SlotLayout.startMonotonic, as: UInt64.self)
    return lastSeenMonotonic > start ? max(lastSeenMonotonic - start, 1000) : 1000
  }

  private func withFields<Result>(
    _ own: UnsafeRawBufferPointer, adding more: [(key: String, value: String)],
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    if more.isEmpty { return unsafe body(own) }
    var buffer = unsafe FieldBuffer(copying: own)
    for (key, value) in more { buffer.append(.attribute, key: key, value: value.utf8) }
    return unsafe buffer.withFields { unsafe body($0) }
  }

  /// Reads an extension slot; nil if it cannot be read or is none.
  ///
  /// - Parameter refusal: is set to the error if the system refuses to read it.
  private func readExtension(
    _ index: UInt32, into room: UnsafeMutableRawPointer, refusal: inout Int32?
  ) -> UnsafeRawPointer? {
    let reading = unsafe readSlot(index, into: room)
    if case .later(let code) = reading { refusal = code }
    guard case .read = reading,
      unsafe room.load(fromByteOffset: SlotLayout.state, as: UInt32.self) == SlotState.extension.rawValue
    else { return nil }
    return UnsafeRawPointer(room)
  }

  private func readSlot(_ index: UInt32, into base: UnsafeMutableRawPointer) -> Reading<Void> {
    guard index < slotCount else { return .damaged }
    let room = unsafe UnsafeMutableRawBufferPointer(start: base, count: SlotLayout.size)
    let count = unsafe Self.read(descriptor, into: room, at: slotsOffset + Int(index) * SlotLayout.size)
    if count < 0 { return .later(code: errno) }
    return count == SlotLayout.size ? .read(()) : .damaged
  }

  /// Notes that a collector has the span, so that it is not sent again if this process dies too.
  package func markShipped(slot index: UInt32) {
    guard index < slotCount else { return }
    var state = SlotState.free.rawValue.littleEndian
    unsafe write(&state, count: 4, at: slotsOffset + Int(index) * SlotLayout.size)
  }

  /// Notes in the file that the end of its process has been logged, so that later starts do not log it again.
  package func markReported() {
    var isReported = UInt32(1).littleEndian
    unsafe write(&isReported, count: 4, at: JournalHeader.reported)
  }

  /// Notes in the file that its lines are in the ring of the process that adopted it.
  ///
  /// - Parameter isExported: whether nobody exports them.
  package func markLinesWritten(isExported: Bool = true) {
    noteLines { progress in
      progress.isWritten = true
      if isExported { progress.isExported = true }
    }
  }

  /// Notes in the file that its lines have been exported.
  package func markLinesExported() { noteLines { $0.isExported = true } }

  private func noteLines(_ change: (inout Progress) -> Void) {
    guard logRingOffset > 0, !records.isEmpty else { return }
    let progress = progress.withLock { progress in
      change(&progress)
      return progress
    }
    if progress.isWritten, progress.isExported {
      // An empty ring: its tail is its head.
      var head: UInt64 = 0
      guard unsafe pread(descriptor, &head, 8, off_t(logRingOffset + LogRing.Header.head)) == 8 else { return }
      unsafe write(&head, count: 8, at: logRingOffset + LogRing.Header.tail)
    } else {
      for record in records {
        let needsWriting = record.needsWriting && !progress.isWritten
        let needsExport = record.needsExport && !progress.isExported
        let state =
          needsWriting && needsExport
          ? LogRing.State.committed
          : needsWriting ? LogRing.State.notExported : needsExport ? LogRing.State.exportOnly : LogRing.State.written
        var bytes = state.littleEndian
        unsafe write(&bytes, count: 4, at: logRingOffset + record.offset + 4)
      }
    }
  }

  private func write(_ bytes: UnsafeRawPointer, count: Int, at offset: Int) {
    guard ownership == .adopted else { return }
    SignalMask.withoutWriteSignals { _ = unsafe pwrite(descriptor, bytes, count, off_t(offset)) }
  }

  /// Removes the file after everything was shipped.
  package func remove() {
    endReading()
    directory.remove(fileName)
  }
}

extension DeadJournal {
  /// The unwritten lines of a file whose process is dead, without its spans, which take much longer to read. Empty for
  /// a file that is in use or damaged. The file is not adopted.
  package static func lines(_ directory: JournalDirectory, name: String) -> [[UInt8]] {
    guard let descriptor = try? open(directory, name, O_RDWR) else { return [] }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return [] }
    defer { _ = flock(descriptor, LOCK_UN) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return [] }
    let mark = ReadingMark(descriptor, isWritten: true)
    guard status.st_uid == directory.owner else { return [] }
    return (try? Content.lines(descriptor, size: Int(status.st_size), mark)) ?? []
  }

  /// Reads until the room is full or the file ends, and returns the number of bytes; -1, with `errno`, on an error.
  static func read(_ descriptor: Int32, into room: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    var done = 0
    while done < room.count, let base = room.baseAddress {
      let count = unsafe pread(descriptor, base + done, room.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      if count < 0 { return -1 }
      if count == 0 { break }
      done += count
    }
    return done
  }
}
