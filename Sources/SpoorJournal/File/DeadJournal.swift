#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What a dead process left behind: a journal file whose lock nobody holds, opened by the one who will ship it.
///
/// It is read with `pread`, never mapped, and nothing in it is trusted: whoever could write the file could have written
/// anything. The lock is held as long as this lives, so that two processes never adopt the same file.
@safe
package final class DeadJournal: Sendable {
  /// What is wrong with a file.
  package struct Damage: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Why a file is not adopted.
  package enum Refusal: Error, Equatable {
    /// Its owner lives, or somebody else is adopting it.
    case inUse
    /// It is gone.
    case gone
    /// It cannot be trusted.
    case damaged(Damage)
  }

  /// A span of the file, by the slot it begins in.
  package struct Entry: Sendable, Hashable {
    package let index: UInt32
    package let state: SlotState
  }

  /// Under which its spans are shipped.
  package let resource: Resource
  package let processID: UInt64
  /// Nanoseconds since 1970: the last sign of life.
  package let lastSeen: UInt64
  /// The spans to ship: finished, undecided, and open ones.
  package let entries: [Entry]
  /// The lines that were committed and not written.
  package let lines: [[UInt8]]
  package let fileName: String
  /// Spans that found the journal full.
  package let droppedSpans: UInt64
  /// What the signal handler wrote, and the images that give the process's addresses a meaning.
  package let crashArea: [UInt8]

  private let directory: JournalDirectory
  private let descriptor: Int32
  private let ownership: Ownership
  private let lastSeenMonotonic: UInt64
  private let slotsOffset: Int
  private let slotCount: UInt32

  /// What the reader is to the file.
  package enum Ownership: Sendable {
    /// The one who ships it: nobody else may own it.
    case adopted
    /// Somebody who looks at it, whoever owns it. Nothing may be marked or removed.
    case glance
  }

  /// Opens a file of the directory; to adopt it, if nobody owns it.
  package init(
    _ directory: JournalDirectory, name: String, ownership: Ownership = .adopted
  ) throws(Refusal) {
    let access = ownership == .adopted ? O_RDWR : O_RDONLY
    let descriptor = unsafe openat(directory.descriptor, name, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .gone : .damaged(Damage(description: "cannot be opened, errno \(errno)"))
    }
    guard ownership == .glance || flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .inUse
    }
    var status = stat()
    // Somebody may have adopted and removed it between our opening and our locking.
    guard unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
      close(descriptor)
      throw .gone
    }
    do throws(Damage) {
      let content = try Content(descriptor, size: Int(status.st_size), owner: status.st_uid)
      resource = content.resource
      processID = content.processID
      lastSeen = content.lastSeen
      lastSeenMonotonic = content.lastSeenMonotonic
      slotsOffset = content.slotsOffset
      slotCount = content.slotCount
      entries = content.entries
      lines = content.lines
      crashArea = content.crashArea
      droppedSpans = content.droppedSpans
    } catch {
      close(descriptor)
      throw .damaged(error)
    }
    self.directory = directory
    self.descriptor = descriptor
    self.ownership = ownership
    fileName = name
  }

  deinit {
    // Explicitly: a child that is being spawned at this moment holds a copy of the descriptor until its `exec`.
    if ownership == .adopted { _ = flock(descriptor, LOCK_UN) }
    close(descriptor)
  }

  /// Hands one of ``entries`` to `body` as a record; nil where it is not whole.
  ///
  /// An open span gets the flag ``SpanRecordFlags/interrupted`` and lasts up to the last sign of life. The same file
  /// always gives the same record.
  ///
  /// - Parameter more: attributes that are added to the span's own.
  package func withRecord<Result>(
    _ entry: Entry, adding more: [(key: String, value: String)] = [], _ body: (SpanRecord) -> Result
  ) -> Result? {
    unsafe withUnsafeTemporaryAllocation(byteCount: SlotLayout.size, alignment: 8) { head in
      guard let base = head.baseAddress, unsafe readSlot(entry.index, into: base) else { return nil }
      func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe head.load(fromByteOffset: offset, as: T.self)
      }
      let length = Int(load(SlotLayout.length, as: UInt32.self))
      guard length % 8 == 0, length <= 65_528 else { return nil }
      var flags = SpanRecordFlags(rawValue: load(SlotLayout.flags))
      var duration: UInt64 = load(SlotLayout.duration)
      if entry.state == .open {
        flags.insert(.interrupted)
        let start: UInt64 = load(SlotLayout.startMonotonic)
        duration = lastSeenMonotonic > start ? max(lastSeenMonotonic - start, 1000) : 1000
      }
      return unsafe withFields(head, length: length, next: load(SlotLayout.next), adding: more) { fields in
        unsafe body(
          SpanRecord(
            traceIDHigh: load(SlotLayout.traceIDHigh), traceIDLow: load(SlotLayout.traceIDLow),
            spanID: load(SlotLayout.spanID), parentSpanID: load(SlotLayout.parentSpanID),
            startNanoseconds: load(SlotLayout.start), durationNanoseconds: duration,
            kind: SpanRecordKind(rawValue: load(SlotLayout.kind)) ?? .internal, flags: flags,
            kept: KeptReason(rawValue: load(SlotLayout.kept)) ?? .headDecision,
            droppedAttributes: Int(load(SlotLayout.droppedAttributes, as: UInt16.self)),
            droppedEvents: Int(load(SlotLayout.droppedEvents, as: UInt16.self)),
            droppedLinks: Int(load(SlotLayout.droppedLinks, as: UInt16.self)), fields: fields))
      }
    }
  }

  private func withFields<Result>(
    _ head: UnsafeMutableRawBufferPointer, length: Int, next: UInt32, adding more: [(key: String, value: String)],
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    guard more.isEmpty else {
      return unsafe withFields(head, length: length, next: next, adding: []) { fields in
        var buffer = unsafe FieldBuffer(copying: fields)
        for (key, value) in more { buffer.append(.attribute, key: key, value: value.utf8) }
        return unsafe buffer.withFields { unsafe body($0) }
      }
    }
    let own = UnsafeRawBufferPointer(head)
    if length <= SlotLayout.headCapacity {
      return unsafe body(UnsafeRawBufferPointer(rebasing: own[SlotLayout.headFields..<SlotLayout.headFields + length]))
    }
    var bytes = unsafe Array(own[SlotLayout.headFields..<SlotLayout.size])
    var link = next
    return unsafe withUnsafeTemporaryAllocation(byteCount: SlotLayout.size, alignment: 8) { slot in
      // At most as many turns as the length allows: a chain that goes round in a circle ends as well.
      while bytes.count < length, link != 0, let base = slot.baseAddress, unsafe readSlot(link - 1, into: base),
        unsafe slot.load(fromByteOffset: SlotLayout.state, as: UInt32.self) == SlotState.extension.rawValue
      {
        let piece = min(SlotLayout.extensionCapacity, length - bytes.count)
        unsafe bytes.append(contentsOf: slot[SlotLayout.extensionFields..<SlotLayout.extensionFields + piece])
        link = unsafe slot.load(fromByteOffset: SlotLayout.next, as: UInt32.self)
      }
      return unsafe bytes.withUnsafeBytes { unsafe body($0) }
    }
  }

  private func readSlot(_ index: UInt32, into base: UnsafeMutableRawPointer) -> Bool {
    guard index < slotCount else { return false }
    return unsafe pread(descriptor, base, SlotLayout.size, off_t(slotsOffset + Int(index) * SlotLayout.size))
      == SlotLayout.size
  }

  /// A collector has the span: should this process die as well, the next one need not send it again.
  package func markShipped(slot index: UInt32) {
    guard index < slotCount else { return }
    var state = SlotState.free.rawValue.littleEndian
    unsafe _ = pwrite(descriptor, &state, 4, off_t(slotsOffset + Int(index) * SlotLayout.size))
  }

  /// Everything is shipped: the file goes.
  package func remove() { directory.remove(fileName) }
}

/// When a dead process was last known to live: its heartbeat comes once a second, a span's start or end may be later.
private struct SignsOfLife {
  /// Nanoseconds of the monotonic clock, as all here.
  let heartbeat: UInt64
  private(set) var last: UInt64
  /// A heartbeat is late while a request to the collector hangs; what is later than that is damage.
  private static let latest: UInt64 = 60_000_000_000

  init(heartbeat: UInt64) {
    self.heartbeat = heartbeat
    last = heartbeat
  }

  mutating func note(start: UInt64, duration: UInt64) {
    for instant in [start, start &+ duration] where instant > last && instant &- heartbeat <= Self.latest {
      last = instant
    }
  }
}

extension DeadJournal {
  /// The parts of a file that are read at once, checked.
  private struct Content {
    let resource: Resource
    let processID: UInt64
    let lastSeen: UInt64
    let lastSeenMonotonic: UInt64
    let slotsOffset: Int
    let slotCount: UInt32
    let entries: [Entry]
    let lines: [[UInt8]]
    let crashArea: [UInt8]
    let droppedSpans: UInt64

    init(_ descriptor: Int32, size: Int, owner: uid_t) throws(Damage) {
      guard owner == geteuid() else { throw Damage(description: "belongs to user \(owner), expected \(geteuid())") }
      let header = try Self.read(descriptor, at: 0, count: JournalLayout.headerBytes)
      func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe header.withUnsafeBytes { unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
      }
      guard load(JournalHeader.magic) == JournalHeader.magicValue else {
        throw Damage(description: "is no journal, or was never finished")
      }
      let version: UInt32 = load(JournalHeader.version)
      guard version == JournalHeader.currentVersion else {
        throw Damage(description: "has version \(version), expected \(JournalHeader.currentVersion)")
      }
      let slotSize: UInt32 = load(JournalHeader.slotSize)
      guard slotSize == SlotLayout.size else {
        throw Damage(description: "has slots of \(slotSize) bytes, expected \(SlotLayout.size)")
      }
      let total: UInt64 = load(JournalHeader.totalBytes)
      let ring: UInt64 = load(JournalHeader.logRingBytes)
      guard total == UInt64(size), total <= UInt64(JournalLayout.maximumBytes), ring <= total,
        let layout = try? JournalLayout(totalBytes: Int(total), logRingBytes: Int(ring)),
        layout.totalBytes == Int(total), layout.logRingBytes == Int(ring)
      else { throw Damage(description: "has \(size) bytes, its header says \(total)") }
      let length = Int(load(JournalHeader.resourceLength, as: UInt32.self))
      guard length <= JournalHeader.resourceCapacity,
        let resource = unsafe header.withUnsafeBytes({ bytes in
          unsafe JournalHeader.resource(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[JournalHeader.resource..<JournalHeader.resource + length]))
        })
      else { throw Damage(description: "has a header that does not say whose it is") }
      self.resource = resource
      processID = load(JournalHeader.processID)
      droppedSpans = load(JournalHeader.dropped)
      slotsOffset = layout.slotsOffset
      slotCount = UInt32(layout.slotCount)
      var signs = SignsOfLife(heartbeat: load(JournalHeader.heartbeatMonotonic))
      entries = try Self.entries(descriptor, layout, &signs)
      lastSeenMonotonic = signs.last
      lastSeen = load(JournalHeader.heartbeatRealtime, as: UInt64.self) &+ (signs.last - signs.heartbeat)
      lines = try Self.lines(descriptor, layout)
      crashArea = try Self.read(descriptor, at: layout.crashOffset, count: JournalLayout.crashBytes)
    }

    private static func entries(
      _ descriptor: Int32, _ layout: JournalLayout, _ signs: inout SignsOfLife
    ) throws(Damage) -> [Entry] {
      var entries: [Entry] = []
      let perRead = 2048
      var index = 0
      while index < layout.slotCount {
        let count = min(perRead, layout.slotCount - index)
        let bytes = try read(
          descriptor, at: layout.slotsOffset + index * SlotLayout.size, count: count * SlotLayout.size)
        unsafe bytes.withUnsafeBytes { bytes in
          for slot in 0..<count {
            let base = slot * SlotLayout.size
            let state = unsafe bytes.loadUnaligned(fromByteOffset: base, as: UInt32.self)
            if state != SlotState.extension.rawValue {
              unsafe signs.note(
                start: bytes.loadUnaligned(fromByteOffset: base + SlotLayout.startMonotonic, as: UInt64.self),
                duration: bytes.loadUnaligned(fromByteOffset: base + SlotLayout.duration, as: UInt64.self))
            }
            switch SlotState(rawValue: state) {
            case .open, .undecided, .finished:
              entries.append(Entry(index: UInt32(index + slot), state: SlotState(rawValue: state) ?? .open))
            case .free, .extension, nil: break
            }
          }
        }
        index += count
      }
      return entries
    }

    private static func lines(_ descriptor: Int32, _ layout: JournalLayout) throws(Damage) -> [[UInt8]] {
      guard layout.logRingBytes > 0 else { return [] }
      let bytes = try read(descriptor, at: layout.logRingOffset, count: layout.logRingBytes)
      return unsafe bytes.withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) } ?? []
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(Damage) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, count, off_t(offset)) }
      guard got == count else {
        throw Damage(description: "ends after \(max(0, got)) of \(count) bytes at \(offset)")
      }
      return bytes
    }
  }
}
