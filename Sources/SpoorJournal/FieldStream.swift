internal import CSpoor

/// The fields of one span as a stream of bytes over its chain of slots, to be written to under the slot's lock.
///
/// What a reader may see at any moment, even one that finds the mapping after `kill -9`: whole fields only. A body is
/// written before the one aligned store of its header that makes it a field; an appended field before the length that
/// covers it; a field is overwritten by writing the new one first and then killing the old one. Dead fields are reused
/// and split, so that an attribute set in a loop takes no more room than two of its values.
@safe
struct FieldStream {
  let slots: SlotMemory
  let head: UInt32
  /// Where one more slot for the chain comes from. Not retained: a stream lives as long as one call of the journal's.
  private unowned(unsafe) let journal: Journal

  init(slots: SlotMemory, head: UInt32, journal: Journal) {
    self.slots = slots
    self.head = head
    unsafe self.journal = journal
  }

  /// Counts what befell a field.
  func count(_ counter: JournalCounter) { unsafe journal.counters.add(counter) }

  // MARK: Reading

  var length: Int {
    Int(unsafe spoor_load32_relaxed(slots.word32(head, SlotLayout.length)))
  }

  private func next(_ index: UInt32) -> UInt32 { slots.read(index, SlotLayout.next) }

  /// The memory behind a position of the stream, and how many bytes of it lie in one piece.
  @inline(__always)
  private func place(_ position: Int) -> (address: UnsafeMutableRawPointer, room: Int) {
    if position < SlotLayout.headCapacity {
      return unsafe (slots.address(head) + SlotLayout.headFields + position, SlotLayout.headCapacity - position)
    }
    return unsafe placeInChain(position)
  }

  private func placeInChain(_ position: Int) -> (address: UnsafeMutableRawPointer, room: Int) {
    var rest = position - SlotLayout.headCapacity
    var index = next(head)
    while rest >= SlotLayout.extensionCapacity {
      rest -= SlotLayout.extensionCapacity
      index = next(index - 1)
    }
    return unsafe (
      slots.address(index - 1) + SlotLayout.extensionFields + rest, SlotLayout.extensionCapacity - rest
    )
  }

  /// A field's header. Never crosses slots: positions and both capacities are multiples of 8.
  @inline(__always)
  private func header(_ position: Int) -> UInt64 {
    unsafe UInt64(littleEndian: place(position).address.load(as: UInt64.self))
  }

  @inline(__always)
  private func setHeader(_ header: UInt64, _ position: Int) {
    unsafe spoor_store64_release(
      place(position).address.assumingMemoryBound(to: UInt64.self), header.littleEndian)
  }

  private func equal(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
    var done = 0
    while done < bytes.count {
      let (address, room) = unsafe place(position + done)
      let count = min(room, bytes.count - done)
      guard unsafe spoor_compare(bytes.baseAddress! + done, address, count) else { return false }
      done += count
    }
    return true
  }

  private func copy(_ bytes: UnsafeRawBufferPointer, to position: Int) {
    var done = 0
    while done < bytes.count {
      let (address, room) = unsafe place(position + done)
      let count = min(room, bytes.count - done)
      unsafe address.copyMemory(from: bytes.baseAddress! + done, byteCount: count)
      done += count
    }
  }

  // MARK: Writing

  /// Writes a field. With `replacing`, the field of the same kind and key is killed, and nothing is written where it
  /// says the same already. `limit` is how many fields of the kind the span may have. Returns the field's position, or nil
  /// where it found no room.
  func write(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    replacing: Bool, atMost limit: Int = .max
  ) -> Int? {
    let needed = RecordField.size(key: key.count, value: value.count)
    let found = unsafe survey(kind, key: replacing ? key : nil, needed: needed)
    if let old = found.same, unsafe says(type, value, at: old) { return old }
    guard found.same != nil || found.ofKind < limit else { return nil }
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    let header = RecordField.header(kind, type, sequence: sequence, key: key.count, value: value.count)
    let position = found.gap ?? found.end
    if let gap = found.gap {
      let rest = Self.size(self.header(gap)) - needed
      unsafe writeBody(key, value, at: gap)
      // What is left of the gap is a dead field of its own, in force once the header before it is.
      if rest > 0 { setHeader(Self.deadHeader(rest), gap + needed) }
      setHeader(header, gap)
    } else {
      let end = found.end
      guard end + needed <= SlotLayout.headCapacity || reserve(end + needed) else { return nil }
      unsafe writeBody(key, value, at: end)
      setHeader(header, end)
      unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    }
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    if let old = found.same { kill(old) }
    return position
  }

  /// Appends a field to a span that nobody else has yet and that has no other of the kind: its value is put together by
  /// `body`. False where it finds no room in the head slot.
  @inline(__always)
  func begin(_ kind: FieldKind, byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> Bool {
    let end = length
    let needed = RecordField.size(key: 0, value: byteCount)
    guard end + needed <= SlotLayout.headCapacity else { return false }
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    unsafe body(slots.address(head) + SlotLayout.headFields + end + RecordField.headerSize)
    setHeader(RecordField.header(kind, .string, sequence: sequence, key: 0, value: byteCount), end)
    unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return true
  }

  /// What one walk over the fields finds.
  private struct Survey {
    var end = 0
    var ofKind = 0
    /// The field of the same kind and key.
    var same: Int?
    /// A dead field with the right room: just enough, or so much that a header fits behind.
    var gap: Int?
  }

  private func survey(_ kind: FieldKind, key: UnsafeRawBufferPointer?, needed: Int) -> Survey {
    var found = Survey()
    found.end = length
    var position = 0
    while position < found.end {
      let header = header(position)
      let size = Self.size(header)
      let fieldKind = UInt8(truncatingIfNeeded: header)
      if fieldKind == kind.rawValue {
        found.ofKind += 1
        if let key = unsafe key, found.same == nil, Self.keyLength(header) == key.count,
          unsafe equal(key, at: position + RecordField.headerSize)
        {
          found.same = position
        }
      } else if fieldKind == FieldKind.dead.rawValue, found.gap == nil,
        size == needed || size >= needed + RecordField.headerSize
      {
        found.gap = position
      }
      position += size
    }
    return found
  }

  private func says(_ type: FieldValueType, _ value: UnsafeRawBufferPointer, at position: Int) -> Bool {
    let header = header(position)
    return unsafe UInt8(truncatingIfNeeded: header >> 8) == type.rawValue && Self.valueLength(header) == value.count
      && equal(value, at: position + RecordField.headerSize + Self.keyLength(header))
  }

  /// Whether this is the field that lies at a position, which need not be one where a field begins, as long as it was one:
  /// fields that are split begin where others did.
  func holds(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    at position: Int
  ) -> Bool {
    let needed = RecordField.size(key: key.count, value: value.count)
    guard position + needed <= min(length, SlotLayout.headCapacity) else { return false }
    let header = header(position)
    return unsafe UInt16(truncatingIfNeeded: header) == UInt16(kind.rawValue) | UInt16(type.rawValue) << 8
      && Self.keyLength(header) == key.count && Self.valueLength(header) == value.count
      && equal(key, at: position + RecordField.headerSize)
      && equal(value, at: position + RecordField.headerSize + key.count)
  }

  /// Where the field of this kind and key lies, if it has this value.
  func place(
    of kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> Int? {
    guard let place = unsafe survey(kind, key: key, needed: 0).same, unsafe says(type, value, at: place) else {
      return nil
    }
    return place
  }

  /// How many live fields of a kind there are.
  func count(of kind: FieldKind) -> Int {
    var position = 0
    var count = 0
    let end = length
    while position < end {
      let header = header(position)
      if UInt8(truncatingIfNeeded: header) == kind.rawValue { count += 1 }
      position += Self.size(header)
    }
    return count
  }

  /// Kills the field of this kind and key, if there is one.
  func remove(_ kind: FieldKind, key: UnsafeRawBufferPointer) {
    var position = 0
    let end = length
    while position < end {
      let header = header(position)
      if UInt8(truncatingIfNeeded: header) == kind.rawValue, Self.keyLength(header) == key.count,
        unsafe equal(key, at: position + RecordField.headerSize)
      {
        kill(position)
      }
      position += Self.size(header)
    }
  }

  /// Kills every field of a kind that was written before a moment and that `keep` does not want.
  func remove(_ kind: FieldKind, unless keep: (RecordField) -> Bool) {
    var position = 0
    let end = length
    while position < end {
      let header = header(position)
      let size = Self.size(header)
      if UInt8(truncatingIfNeeded: header) == kind.rawValue {
        let keyLength = Self.keyLength(header)
        let wanted = unsafe withBytes(position + RecordField.headerSize, keyLength + Self.valueLength(header)) {
          bytes in
          unsafe keep(
            RecordField(
              kind: kind, type: FieldValueType(rawValue: UInt8(truncatingIfNeeded: header >> 8)) ?? .string,
              sequence: UInt16(truncatingIfNeeded: header >> 16),
              key: UnsafeRawBufferPointer(rebasing: bytes[..<keyLength]),
              value: UnsafeRawBufferPointer(rebasing: bytes[keyLength...])))
        }
        if !wanted { kill(position) }
      }
      position += size
    }
  }

  private func withBytes<Result>(
    _ position: Int, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let (address, room) = unsafe place(position)
    if room >= count { return unsafe body(UnsafeRawBufferPointer(start: address, count: count)) }
    return unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { scratch in
      var done = 0
      while done < count {
        let (address, room) = unsafe place(position + done)
        let piece = min(room, count - done)
        unsafe scratch.baseAddress!.advanced(by: done).copyMemory(from: address, byteCount: piece)
        done += piece
      }
      return unsafe body(UnsafeRawBufferPointer(scratch))
    }
  }

  private func writeBody(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at position: Int) {
    unsafe copy(key, to: position + RecordField.headerSize)
    unsafe copy(value, to: position + RecordField.headerSize + key.count)
  }

  private func kill(_ position: Int) { setHeader(Self.deadHeader(Self.size(header(position))), position) }

  /// Sees to it that the chain reaches up to `length` bytes.
  private func reserve(_ length: Int) -> Bool {
    guard unsafe length <= journal.maximumSpanBytes else { return false }
    var capacity = SlotLayout.headCapacity
    if length <= capacity { return true }
    var last = head
    while true {
      var following = next(last)
      if following == 0 {
        guard length > capacity else { return true }
        guard let taken = unsafe journal.pool.take() else { return false }
        count(.extensionsTaken)
        slots.write(head, taken, SlotLayout.extensionOwner)
        slots.write(UInt32(0), taken, SlotLayout.next)
        slots.setState(.extension, taken)
        following = taken + 1
        unsafe spoor_store32_release(slots.word32(last, SlotLayout.next), following)
      }
      capacity += SlotLayout.extensionCapacity
      if length <= capacity { return true }
      last = following - 1
    }
  }

  // MARK: Headers

  @inline(__always)
  private static func keyLength(_ header: UInt64) -> Int { Int(truncatingIfNeeded: header >> 32 & 0xFFFF) }

  @inline(__always)
  private static func valueLength(_ header: UInt64) -> Int { Int(truncatingIfNeeded: header >> 48) }

  @inline(__always)
  private static func size(_ header: UInt64) -> Int {
    RecordField.size(key: keyLength(header), value: valueLength(header))
  }

  /// A dead field that takes `size` bytes, at most 65 535 + 8 of them: what ``RecordField`` can hold in key and value.
  private static func deadHeader(_ size: Int) -> UInt64 {
    let body = size - RecordField.headerSize
    let key = min(body, RecordField.maximumLength)
    return RecordField.header(.dead, .string, sequence: 0, key: key, value: body - key)
  }
}
