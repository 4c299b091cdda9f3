// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

extension DeadJournal {
  /// The parts of a file that are read at the start, after checking them.
  struct Content {
    let resource: Resource
    let processID: UInt64
    let lastSeen: UInt64
    let lastSeenMonotonic: UInt64
    let slotsOffset: Int
    let slotCount: UInt32
    /// The offset of the ring; 0 without one.
    let logRingOffset: Int
    let entries: [Entry]
    let lines: [RecoveredLine]
    let crashArea: [UInt8]
    let droppedSpans: UInt64
    let endedAt: UInt64?
    let isReported: Bool

    init(
      _ descriptor: Int32, size: Int, owner: uid_t, expecting expected: uid_t, _ mark: ReadingMark
    ) throws(Refusal) {
      guard owner == expected else {
        throw Self.damaged("must belong to user \(expected), but belongs to user \(owner)")
      }
      guard size >= JournalLayout.minimumBytes, size <= JournalLayout.maximumBytes else {
        throw Self.damaged("has \(size) bytes, and no journal has")
      }
      let header = try Self.read(descriptor, at: 0, count: JournalLayout.headerBytes)
      let layout = try Self.layout(header, size: size)
      func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe header.withUnsafeBytes { unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
      }
      if let (subject, count) = mark.deaths, subject == .wholeFile, count >= ReadingMark.deathsOfFile {
        throw Self.damaged("was being read when \(count) processes died, one after the other")
      }
      processID = load(JournalHeader.processID)
      droppedSpans = load(JournalHeader.dropped)
      let ended: UInt64 = load(JournalHeader.ended)
      endedAt = ended == 0 ? nil : ended
      isReported = load(JournalHeader.reported, as: UInt32.self) != 0
      logRingOffset = layout.logRingBytes > 0 ? layout.logRingOffset : 0
      slotsOffset = layout.slotsOffset
      slotCount = UInt32(layout.slotCount)
      var signs = SignsOfLife(heartbeat: load(JournalHeader.heartbeatMonotonic))
      let found = try Self.entries(descriptor, layout, &signs)
      if let (subject, count) = mark.deaths, case .slot(let index) = subject, count >= ReadingMark.deathsOfSlot {
        entries = found.filter { $0.index != index }
      } else {
        entries = found
      }
      lastSeenMonotonic = signs.last
      lastSeen = load(JournalHeader.heartbeatRealtime, as: UInt64.self) &+ (signs.last &- signs.heartbeat)
      let ringBytes = try Self.read(descriptor, at: layout.logRingOffset, count: layout.logRingBytes)
      crashArea = try Self.read(descriptor, at: layout.crashOffset, count: JournalLayout.crashBytes)

      // The bytes have been read; from here on they are interpreted, which the mark covers.
      mark.begin(.wholeFile)
      defer { mark.end() }
      let length = Int(load(JournalHeader.resourceLength, as: UInt32.self))
      guard length <= JournalHeader.resourceCapacity,
        let resource = unsafe header.withUnsafeBytes({ bytes in
          unsafe JournalHeader.resource(
            from: UnsafeRawBufferPointer(
              rebasing: bytes[JournalHeader.resource..<JournalHeader.resource + length]))
        })
      else { throw Self.damaged("has a header that does not say whose it is") }
      self.resource = resource
      lines = unsafe ringBytes.withUnsafeBytes { unsafe LogRingRecovery.records(in: $0) } ?? []
    }

    /// Checks a header and returns the layout of its file.
    private static func layout(_ header: [UInt8], size: Int) throws(Refusal) -> JournalLayout {
      func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe header.withUnsafeBytes { unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
      }
      guard load(JournalHeader.magic) == JournalHeader.magicValue else {
        throw Self.damaged("is no journal, or was never finished")
      }
      let version: UInt32 = load(JournalHeader.version)
      guard version == JournalHeader.currentVersion else {
        throw Self.damaged("must have version \(JournalHeader.currentVersion), but has \(version)")
      }
      let slotSize: UInt32 = load(JournalHeader.slotSize)
      guard slotSize == SlotLayout.size else {
        throw Self.damaged("must have slots of \(SlotLayout.size) bytes, but has slots of \(slotSize)")
      }
      let total: UInt64 = load(JournalHeader.totalBytes)
      let ring: UInt64 = load(JournalHeader.logRingBytes)
      guard total == UInt64(size), ring <= UInt64(JournalLayout.maximumRingBytes),
        let layout = try? JournalLayout(totalBytes: Int(total), logRingBytes: Int(ring)),
        layout.totalBytes == Int(total), layout.logRingBytes == Int(ring)
      else { throw Self.damaged("has \(size) bytes, its header says \(total)") }
      return layout
    }

    /// Reads only the unwritten lines of a file, not its spans.
    static func lines(_ descriptor: Int32, size: Int, _ mark: ReadingMark) throws(Refusal) -> [[UInt8]] {
      guard mark.deaths == nil else { return [] }
      let header = try read(descriptor, at: 0, count: JournalLayout.headerBytes)
      let layout = try layout(header, size: size)
      guard layout.logRingBytes > 0 else { return [] }
      let ring = try read(descriptor, at: layout.logRingOffset, count: layout.logRingBytes)
      mark.begin(.wholeFile)
      defer { mark.end() }
      return unsafe ring.withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) } ?? []
    }

    private static func damaged(_ description: String) -> Refusal { .damaged(Damage(description: description)) }

    /// `SEEK_DATA`, which the C library only declares with GNU extensions.
    #if os(Linux)
      private static let seekData: Int32 = 3
    #else
      private static let seekData: Int32 = 4
    #endif

    /// Reads every slot of the file. Holes are skipped, because a slot that was never used is all zero, and a forged
    /// file may be almost entirely a hole.
    private static func entries(
      _ descriptor: Int32, _ layout: JournalLayout, _ signs: inout SignsOfLife
    ) throws(Refusal) -> [Entry] {
      var entries: [Entry] = []
      var bytes = [UInt8](repeating: 0, count: 2048 * SlotLayout.size)
      var index = 0
      while index < layout.slotCount {
        let data = lseek(descriptor, off_t(layout.slotsOffset + index * SlotLayout.size), seekData)
        if data < 0, errno == ENXIO { break }  // Only a hole follows.
        // On a file system without holes the file is read completely.
        if data >= 0 { index = max(index, (Int(data) - layout.slotsOffset) / SlotLayout.size) }
        let count = min(2048, layout.slotCount - index)
        guard count > 0 else { break }
        try read(
          descriptor, into: &bytes, at: layout.slotsOffset + index * SlotLayout.size, count: count * SlotLayout.size)
        unsafe bytes.withUnsafeBytes { unsafe note($0, first: index, count: count, &entries, &signs) }
        index += count
      }
      return entries
    }

    private static func note(
      _ bytes: UnsafeRawBufferPointer, first: Int, count: Int, _ entries: inout [Entry], _ signs: inout SignsOfLife
    ) {
      for slot in 0..<count {
        let base = slot * SlotLayout.size
        let state = unsafe bytes.loadUnaligned(fromByteOffset: base, as: UInt32.self)
        guard state != SlotState.extension.rawValue else { continue }
        unsafe signs.note(
          start: bytes.loadUnaligned(fromByteOffset: base + SlotLayout.startMonotonic, as: UInt64.self),
          duration: bytes.loadUnaligned(fromByteOffset: base + SlotLayout.duration, as: UInt64.self))
        switch SlotState(rawValue: state) {
        case .open, .undecided, .finished:
          let generation = unsafe bytes.loadUnaligned(fromByteOffset: base + SlotLayout.generation, as: UInt32.self)
          entries.append(
            Entry(index: UInt32(first + slot), state: SlotState(rawValue: state) ?? .open, generation: generation))
        case .free, .extension, nil: break
        }
      }
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) throws(Refusal) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      try read(descriptor, into: &bytes, at: offset, count: count)
      return bytes
    }

    /// Reads `count` bytes into the beginning of `bytes`. A file that ends earlier is damaged; a system error may be
    /// temporary.
    private static func read(
      _ descriptor: Int32, into bytes: inout [UInt8], at offset: Int, count: Int
    ) throws(Refusal) {
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe DeadJournal.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), at: offset)
      }
      if got < 0 { throw .later(code: errno) }
      guard got == count else { throw damaged("ends after \(got) of \(count) bytes at \(offset)") }
    }
  }
}
