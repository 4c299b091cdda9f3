// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The fields of one span as a stream of bytes over its chain of slots. It must only be changed with the slot's lock
/// held.
///
/// A reader only ever sees whole fields, even if it finds the mapping after `kill -9`. A body is written before the one
/// aligned store of its header that makes it a field; an appended field before the length that covers it; a field is
/// overwritten by writing the new one first and then killing the old one. Dead fields are reused and split, so that an
/// attribute set in a loop takes no more room than two of its values.
@safe
struct FieldStream {
  let slots: SlotMemory
  let head: UInt32
  /// Provides further slots for the chain. Not retained, because a stream only lives during one call of the journal.
  private unowned(unsafe) let journal: Journal

  init(slots: SlotMemory, head: UInt32, journal: Journal) {
    self.slots = slots
    self.head = head
    unsafe self.journal = journal
  }

  /// Adds to one of the journal's counters, for example that of dropped fields.
  func count(_ counter: JournalCounter, _ count: UInt64 = 1) { unsafe journal.counters.add(counter, count) }

  // MARK: Reading

  var length: Int {
    Int(unsafe spoor_load32_relaxed(slots.word32(head, SlotLayout.length)))
  }

  private func next(_ index: UInt32) -> UInt32 { slots.read(index, SlotLayout.next) }

  /// The slot of the chain that a walk over the fields has reached. Later positions are found from there instead of
  /// from the head.
  struct Cursor {
    var index: UInt32
    /// The stream position after this slot.
    var end = SlotLayout.headCapacity
  }

  /// The memory at a position of the stream, at or after the cursor, and the number of contiguous bytes there.
  @inline(__always)
  func place(
    _ position: Int, _ cursor: inout Cursor
  ) -> (address: UnsafeMutableRawPointer, room: Int) {
    if position >= cursor.end { advance(&cursor, to: position) }
    let room = cursor.end - position
    return unsafe (slots.address(cursor.index) + (SlotLayout.size - room), room)
  }

  private func advance(_ cursor: inout Cursor, to position: Int) {
    while position >= cursor.end {
      cursor.index = next(cursor.index) - 1
      cursor.end += SlotLayout.extensionCapacity
    }
  }

  /// A field's header. It never crosses slots, because positions and both capacities are multiples of 8.
  @inline(__always)
  func header(_ position: Int, _ cursor: inout Cursor) -> UInt64 {
    unsafe UInt64(littleEndian: place(position, &cursor).address.load(as: UInt64.self))
  }

  @inline(__always)
  private func setHeader(_ header: UInt64, _ position: Int, _ cursor: Cursor) {
    var cursor = cursor
    unsafe spoor_store64_release(
      place(position, &cursor).address.assumingMemoryBound(to: UInt64.self), header.littleEndian)
  }

  func equal(_ bytes: UnsafeRawBufferPointer, at position: Int, _ cursor: Cursor) -> Bool {
    var cursor = cursor
    var done = 0
    while done < bytes.count {
      let (address, room) = unsafe place(position + done, &cursor)
      let count = min(room, bytes.count - done)
      guard unsafe spoor_compare(bytes.baseAddress! + done, address, count) else { return false }
      done += count
    }
    return true
  }

  private func copy(_ bytes: UnsafeRawBufferPointer, to position: Int, _ cursor: inout Cursor) {
    var done = 0
    while done < bytes.count {
      let (address, room) = unsafe place(position + done, &cursor)
      let count = min(room, bytes.count - done)
      unsafe address.copyMemory(from: bytes.baseAddress! + done, byteCount: count)
      done += count
    }
  }

  // MARK: Writing

  /// The fast path for nearly all fields: all fields are in the head slot, none is dead, and the span does not have
  /// this key, or has it with the same value. Otherwise nothing is written and the result is `.none`; the caller then
  /// uses ``write(_:_:key:value:replacing:atMost:reserve:)``.
  @inline(__always)
  func writeInHead(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    atMost limit: Int
  ) -> FieldPlace {
    let end = length
    guard end + RecordField.size(key: key.count, value: value.count) <= SlotLayout.headCapacity else { return .none }
    let wanted = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
    let fields = unsafe slots.address(head) + SlotLayout.headFields
    var position = 0
    var ofKind = 0
    while position < end {
      let header = unsafe UInt64(littleEndian: fields.load(fromByteOffset: position, as: UInt64.self))
      if UInt8(truncatingIfNeeded: header) == kind.rawValue {
        let body = unsafe fields + position + RecordField.headerSize
        if Self.keyLength(header) == key.count, unsafe Self.same(key, body) {
          guard header & ~RecordField.sequenceBits == wanted, unsafe Self.same(value, body + key.count) else {
            return .none
          }
          return FieldPlace(byteOffset: unsafe fields - slots.base + position)
        }
        ofKind += 1
      } else if UInt8(truncatingIfNeeded: header) == FieldKind.dead.rawValue {
        return .none
      }
      position += Self.size(header)
    }
    return ofKind < limit ? unsafe appendInHead(wanted, key, value, at: end) : .none
  }

  /// Appends a field to those in the head slot, which has room for it.
  @inline(__always)
  private func appendInHead(
    _ header: UInt64, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at end: Int
  ) -> FieldPlace {
    let start = unsafe slots.address(head) + (SlotLayout.headFields + end)
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    unsafe Self.copy(key, to: start + RecordField.headerSize)
    unsafe Self.copy(value, to: start + RecordField.headerSize + key.count)
    unsafe spoor_store64_release(
      start.assumingMemoryBound(to: UInt64.self), (header | UInt64(sequence) << 16).littleEndian)
    unsafe spoor_store32_release(
      slots.word32(head, SlotLayout.length), UInt32(truncatingIfNeeded: end + Self.size(header)))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return FieldPlace(byteOffset: unsafe start - slots.base)
  }

  @inline(__always)
  private static func copy(_ bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
    if let start = bytes.baseAddress { unsafe spoor_copy_short(place, start, bytes.count) }
  }

  /// Writes a field. With `replacing`, an older field of the same kind and key is killed; if it has the same value
  /// already, nothing is written. `limit` is the maximum number of fields of the kind. Returns the place of the field,
  /// or nil if there was no room.
  func write(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    replacing: Bool, atMost limit: Int = .max, reserve: SpanReserve = .none
  ) -> FieldPlace? {
    let needed = RecordField.size(key: key.count, value: value.count)
    let found = unsafe survey(kind, key: replacing ? key : nil, needed: needed)
    if let old = found.same, unsafe says(type, value, old) { return place(of: old) }
    guard found.same != nil || found.ofKind < limit else { return nil }
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    let header = RecordField.header(kind, type, sequence: sequence, key: key.count, value: value.count)
    if let gap = found.gap {
      let rest = Self.size(gap.header) - needed
      unsafe writeBody(key, value, at: gap.position, gap.cursor)
      // The rest of the gap becomes a dead field of its own, which is valid once the header before it is stored.
      if rest > 0 { setHeader(Self.deadHeader(rest), gap.position + needed, gap.cursor) }
      setHeader(header, gap.position, gap.cursor)
    } else {
      let end = found.end.position
      guard end + needed <= SlotLayout.headCapacity || extend(to: end + needed, reserve) else { return nil }
      unsafe writeBody(key, value, at: end, found.end.cursor)
      setHeader(header, end, found.end.cursor)
      unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    }
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    if let old = found.same { kill(old) }
    return place(of: found.gap ?? found.end)
  }

  /// Appends a field after the others, without searching for an older one. Only for a field whose kind and key the span
  /// does not have yet.
  ///
  /// - Returns: its place; nil if there is no room at the end. A gap between the others may still have room for it.
  func append(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    let end = length
    let needed = RecordField.size(key: key.count, value: value.count)
    if end + needed <= SlotLayout.headCapacity {
      let header = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
      return unsafe appendInHead(header, key, value, at: end)
    }
    guard extend(to: end + needed, .none) else { return nil }
    var cursor = Cursor(index: head)
    let start = unsafe place(end, &cursor).address
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    unsafe writeBody(key, value, at: end, cursor)
    setHeader(RecordField.header(kind, type, sequence: sequence, key: key.count, value: value.count), end, cursor)
    unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return FieldPlace(byteOffset: unsafe start - slots.base)
  }

  /// Appends a field to a new span that no other thread can access yet and that has no field of this kind. `body`
  /// writes its value. Returns false if the head slot has no room.
  @inline(__always)
  func begin(_ kind: FieldKind, byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> Bool {
    let end = length
    let needed = RecordField.size(key: 0, value: byteCount)
    guard end + needed <= SlotLayout.headCapacity else { return false }
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    unsafe body(slots.address(head) + SlotLayout.headFields + end + RecordField.headerSize)
    setHeader(RecordField.header(kind, .string, sequence: sequence, key: 0, value: byteCount), end, Cursor(index: head))
    unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return true
  }

  /// A field that a walk has reached.
  struct Field {
    var position: Int
    var header: UInt64
    var cursor: Cursor
  }

  /// Calls `body` for each field, dead ones included. Returns the end as the position of a future field.
  @inline(__always)
  @discardableResult
  func forEach(_ body: (Field) -> Void) -> Field {
    let end = length
    var field = Field(position: 0, header: 0, cursor: Cursor(index: head))
    while field.position < end {
      field.header = header(field.position, &field.cursor)
      body(field)
      field.position += Self.size(field.header)
    }
    return field
  }

  /// The result of one walk over the fields.
  struct Survey {
    var end: Field
    var ofKind = 0
    /// The field of the same kind and key.
    var same: Field?
    /// A dead field of the right size: exactly as large as needed, or with room for another header after it.
    var gap: Field?
  }

  func survey(_ kind: FieldKind, key: UnsafeRawBufferPointer?, needed: Int) -> Survey {
    var ofKind = 0
    var same: Field?
    var gap: Field?
    let end = forEach { field in
      let size = Self.size(field.header)
      let fieldKind = UInt8(truncatingIfNeeded: field.header)
      if fieldKind == kind.rawValue {
        ofKind += 1
        if let key = unsafe key, same == nil, unsafe has(key, field) { same = field }
      } else if fieldKind == FieldKind.dead.rawValue, gap == nil,
        size == needed || size >= needed + RecordField.headerSize
      {
        gap = field
      }
    }
    return Survey(end: end, ofKind: ofKind, same: same, gap: gap)
  }

  func has(_ key: UnsafeRawBufferPointer, _ field: Field) -> Bool {
    unsafe Self.keyLength(field.header) == key.count
      && equal(key, at: field.position + RecordField.headerSize, field.cursor)
  }

  func says(_ type: FieldValueType, _ value: UnsafeRawBufferPointer, _ field: Field) -> Bool {
    unsafe UInt8(truncatingIfNeeded: field.header >> 8) == type.rawValue
      && Self.valueLength(field.header) == value.count
      && equal(
        value, at: field.position + RecordField.headerSize + Self.keyLength(field.header), field.cursor)
  }

  /// Kills every field of a kind for which `keep` returns false.
  func remove(_ kind: FieldKind, unless keep: (RecordField) -> Bool) {
    forEach { field in
      let header = field.header
      guard UInt8(truncatingIfNeeded: header) == kind.rawValue else { return }
      let keyLength = Self.keyLength(header)
      let wanted = unsafe withBytes(
        field.position + RecordField.headerSize, keyLength + Self.valueLength(header), field.cursor
      ) { bytes in
        unsafe keep(
          RecordField(
            kind, FieldValueType(rawValue: UInt8(truncatingIfNeeded: header >> 8)) ?? .string,
            sequence: UInt16(truncatingIfNeeded: header >> 16),
            key: UnsafeRawBufferPointer(rebasing: bytes[..<keyLength]),
            value: UnsafeRawBufferPointer(rebasing: bytes[keyLength...])))
      }
      if !wanted { kill(field) }
    }
  }

  private func withBytes<Result>(
    _ position: Int, _ count: Int, _ cursor: Cursor, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    var cursor = cursor
    let (address, room) = unsafe place(position, &cursor)
    if room >= count { return unsafe body(UnsafeRawBufferPointer(start: address, count: count)) }
    return unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { scratch in
      var done = 0
      while done < count {
        let (address, room) = unsafe place(position + done, &cursor)
        let piece = min(room, count - done)
        unsafe scratch.baseAddress!.advanced(by: done).copyMemory(from: address, byteCount: piece)
        done += piece
      }
      return unsafe body(UnsafeRawBufferPointer(scratch))
    }
  }

  @inline(__always)
  private func writeBody(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at position: Int, _ cursor: Cursor
  ) {
    var cursor = cursor
    let (start, room) = unsafe place(position, &cursor)
    guard room >= RecordField.headerSize + key.count + value.count else {
      unsafe copy(key, to: position + RecordField.headerSize, &cursor)
      unsafe copy(value, to: position + RecordField.headerSize + key.count, &cursor)
      return
    }
    let body = unsafe start + RecordField.headerSize
    if let bytes = key.baseAddress { unsafe body.copyMemory(from: bytes, byteCount: key.count) }
    if let bytes = value.baseAddress { unsafe (body + key.count).copyMemory(from: bytes, byteCount: value.count) }
  }

  private func kill(_ field: Field) {
    setHeader(Self.deadHeader(Self.size(field.header)), field.position, field.cursor)
  }

  /// Extends the chain to at least `length` bytes. Returns false if that exceeds the span's limit or no slot is free.
  private func extend(to length: Int, _ reserve: SpanReserve) -> Bool {
    guard unsafe length <= journal.maximumSpanBytes + reserve.bytes else { return false }
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

  /// The maximum size of the value of a further field, in bytes.
  ///
  /// - Parameter inChain: whether only the room in existing slots counts, because no more slots are available.
  func valueRoom(key: Int, _ reserve: SpanReserve, inChain: Bool) -> Int {
    var limit = unsafe journal.maximumSpanBytes + reserve.bytes
    if inChain {
      var capacity = SlotLayout.headCapacity
      var link = next(head)
      while link != 0 {
        capacity += SlotLayout.extensionCapacity
        link = next(link - 1)
      }
      limit = min(limit, capacity)
    }
    return max(0, min(limit - length - RecordField.headerSize - key, RecordField.maximumLength - key))
  }

  // MARK: Headers

  @inline(__always)
  static func keyLength(_ header: UInt64) -> Int { Int(truncatingIfNeeded: header >> 32 & 0xFFFF) }

  @inline(__always)
  private static func valueLength(_ header: UInt64) -> Int { Int(truncatingIfNeeded: header >> 48) }

  @inline(__always)
  static func size(_ header: UInt64) -> Int {
    RecordField.size(key: keyLength(header), value: valueLength(header))
  }

  /// The header of a dead field of `size` bytes in total, which key and value of a ``RecordField`` can cover.
  private static func deadHeader(_ size: Int) -> UInt64 {
    let body = size - RecordField.headerSize
    let key = min(body, RecordField.maximumLength)
    return RecordField.header(.dead, .string, sequence: 0, key: key, value: body - key)
  }
}
