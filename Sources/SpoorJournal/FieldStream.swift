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
  func count(_ counter: JournalCounter, _ count: UInt64 = 1) { unsafe journal.counters.add(counter, count) }

  // MARK: Reading

  var length: Int {
    Int(unsafe spoor_load32_relaxed(slots.word32(head, SlotLayout.length)))
  }

  private func next(_ index: UInt32) -> UInt32 { slots.read(index, SlotLayout.next) }

  /// The slot of the chain that a walk over the fields has come to: what lies behind is found from there, not from the
  /// head.
  private struct Cursor {
    var index: UInt32
    /// The position of the stream that lies behind this slot.
    var end = SlotLayout.headCapacity
  }

  /// The memory behind a position of the stream, at or behind the cursor, and how many bytes of it lie in one piece.
  @inline(__always)
  private func place(
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

  /// A field's header. Never crosses slots: positions and both capacities are multiples of 8.
  @inline(__always)
  private func header(_ position: Int, _ cursor: inout Cursor) -> UInt64 {
    unsafe UInt64(littleEndian: place(position, &cursor).address.load(as: UInt64.self))
  }

  @inline(__always)
  private func setHeader(_ header: UInt64, _ position: Int, _ cursor: Cursor) {
    var cursor = cursor
    unsafe spoor_store64_release(
      place(position, &cursor).address.assumingMemoryBound(to: UInt64.self), header.littleEndian)
  }

  private func equal(_ bytes: UnsafeRawBufferPointer, at position: Int, _ cursor: Cursor) -> Bool {
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

  /// Writes a field of a key that the span has not, or not with another value, where all fields lie in the head slot and
  /// none is dead: nearly all. Returns none where it is not so, with nothing written, for ``write(_:_:key:value:replacing:atMost:)``.
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

  /// Appends a field to those in the head slot, where it has room.
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

  /// Writes a field. With `replacing`, the field of the same kind and key is killed, and nothing is written where it
  /// says the same already. `limit` is how many fields of the kind the span may have. Returns where the field lies, or nil
  /// where it found no room.
  func write(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    replacing: Bool, atMost limit: Int = .max
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
      // What is left of the gap is a dead field of its own, in force once the header before it is.
      if rest > 0 { setHeader(Self.deadHeader(rest), gap.position + needed, gap.cursor) }
      setHeader(header, gap.position, gap.cursor)
    } else {
      let end = found.end.position
      guard end + needed <= SlotLayout.headCapacity || reserve(end + needed) else { return nil }
      unsafe writeBody(key, value, at: end, found.end.cursor)
      setHeader(header, end, found.end.cursor)
      unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    }
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    if let old = found.same { kill(old) }
    return place(of: found.gap ?? found.end)
  }

  /// Appends a field that the caller knows to be the first of its kind and key, without looking at the others. Returns
  /// where it lies, or nil where it found no room behind them: a gap between them may do.
  func append(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    let end = length
    let needed = RecordField.size(key: key.count, value: value.count)
    if end + needed <= SlotLayout.headCapacity {
      let header = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
      return unsafe appendInHead(header, key, value, at: end)
    }
    guard reserve(end + needed) else { return nil }
    var cursor = Cursor(index: head)
    let start = unsafe place(end, &cursor).address
    let sequence: UInt16 = slots.read(head, SlotLayout.sequence)
    unsafe writeBody(key, value, at: end, cursor)
    setHeader(RecordField.header(kind, type, sequence: sequence, key: key.count, value: value.count), end, cursor)
    unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return FieldPlace(byteOffset: unsafe start - slots.base)
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
    setHeader(RecordField.header(kind, .string, sequence: sequence, key: 0, value: byteCount), end, Cursor(index: head))
    unsafe spoor_store32_release(slots.word32(head, SlotLayout.length), UInt32(end + needed))
    slots.write(sequence &+ 1, head, SlotLayout.sequence)
    return true
  }

  /// A field that a walk has come by.
  private struct Field {
    var position: Int
    var header: UInt64
    var cursor: Cursor
  }

  /// Runs over the fields, dead ones too. Returns the end, as a field that is not there yet.
  @inline(__always)
  @discardableResult
  private func forEach(_ body: (Field) -> Void) -> Field {
    let end = length
    var field = Field(position: 0, header: 0, cursor: Cursor(index: head))
    while field.position < end {
      field.header = header(field.position, &field.cursor)
      body(field)
      field.position += Self.size(field.header)
    }
    return field
  }

  /// What one walk over the fields finds.
  private struct Survey {
    var end: Field
    var ofKind = 0
    /// The field of the same kind and key.
    var same: Field?
    /// A dead field with the right room: just enough, or so much that a header fits behind.
    var gap: Field?
  }

  private func survey(_ kind: FieldKind, key: UnsafeRawBufferPointer?, needed: Int) -> Survey {
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

  private func has(_ key: UnsafeRawBufferPointer, _ field: Field) -> Bool {
    unsafe Self.keyLength(field.header) == key.count
      && equal(key, at: field.position + RecordField.headerSize, field.cursor)
  }

  private func says(_ type: FieldValueType, _ value: UnsafeRawBufferPointer, _ field: Field) -> Bool {
    unsafe UInt8(truncatingIfNeeded: field.header >> 8) == type.rawValue
      && Self.valueLength(field.header) == value.count
      && equal(
        value, at: field.position + RecordField.headerSize + Self.keyLength(field.header), field.cursor)
  }

  /// Looks for a field in places that writes to the same span returned: a field begins there for as long as the span is
  /// open, though it may be another one by now, because dead fields are split and never joined.
  ///
  /// - Parameter start: where to look first; after the last place come those before.
  /// - Returns: at which of the places it lies, or nil.
  func firstIndex(
    of kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    in places: UnsafeBufferPointer<FieldPlace>, from start: Int
  ) -> Int? {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return nil }
    // One comparison rules nearly all others out: what it is and how long, whenever it was written.
    let wanted = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
    var index = start
    for _ in 0..<places.count {
      if index >= places.count { index = 0 }
      if unsafe has(wanted, key, value, at: places[index]) { return index }
      index &+= 1
    }
    return nil
  }

  /// Whether this field lies at a place, as ``firstIndex(of:_:key:value:in:from:)`` has it.
  @inline(__always)
  func has(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    at place: FieldPlace
  ) -> Bool {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return false }
    let wanted = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
    return unsafe has(wanted, key, value, at: place)
  }

  /// The same of the header that the field would have as the first of all.
  @inline(__always)
  private func has(
    _ wanted: UInt64, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at place: FieldPlace
  ) -> Bool {
    let header = unsafe UInt64(littleEndian: (slots.base + place.byteOffset).load(as: UInt64.self))
    guard header & ~RecordField.sequenceBits == wanted else { return false }
    return unsafe holds(key, value, at: place)
  }

  /// Whether key and value of the field at this place, which is as long as they are together, are these.
  @inline(__always)
  private func holds(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at place: FieldPlace) -> Bool {
    let length = RecordField.headerSize + key.count + value.count
    guard place.byteOffset % SlotLayout.size + length <= SlotLayout.size else {
      let field = field(at: place)
      return unsafe has(key, field)
        && equal(value, at: field.position + RecordField.headerSize + key.count, field.cursor)
    }
    let body = unsafe slots.base + place.byteOffset + RecordField.headerSize
    return unsafe Self.same(key, body) && Self.same(value, body + key.count)
  }

  @inline(__always)
  private static func same(_ bytes: UnsafeRawBufferPointer, _ there: UnsafeMutableRawPointer) -> Bool {
    guard let start = bytes.baseAddress else { return true }
    return unsafe spoor_equal_short(start, there, bytes.count)
  }

  /// Where the field of this kind and key lies, if it has this value.
  func place(
    of kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    guard let field = unsafe survey(kind, key: key, needed: 0).same, unsafe says(type, value, field) else {
      return nil
    }
    return place(of: field)
  }

  /// Where the field of this kind and key lies, if it was written at or after the moment when `sequence` fields had been.
  func place(of kind: FieldKind, key: UnsafeRawBufferPointer, since sequence: UInt16) -> FieldPlace? {
    guard let field = unsafe survey(kind, key: key, needed: 0).same,
      RecordField.isNewer(UInt16(truncatingIfNeeded: field.header >> 16), than: sequence)
    else { return nil }
    return place(of: field)
  }

  private func place(of field: Field) -> FieldPlace {
    var cursor = field.cursor
    let address = unsafe place(field.position, &cursor).address
    return FieldPlace(byteOffset: unsafe address - slots.base)
  }

  /// The field at a place; its positions are counted so that the chain before its slot is not needed.
  @inline(__always)
  private func field(at place: FieldPlace) -> Field {
    let index = UInt32(truncatingIfNeeded: place.byteOffset / SlotLayout.size)
    var cursor = Cursor(index: index, end: SlotLayout.size)
    let position = place.byteOffset % SlotLayout.size
    return Field(position: position, header: header(position, &cursor), cursor: cursor)
  }

  /// How many live fields of a kind there are.
  func count(of kind: FieldKind) -> Int {
    var count = 0
    forEach { if UInt8(truncatingIfNeeded: $0.header) == kind.rawValue { count += 1 } }
    return count
  }

  /// Where the live fields of a kind lie, in the order of the record.
  func forEachPlace(of kind: FieldKind, _ body: (FieldPlace) -> Void) {
    forEach { if UInt8(truncatingIfNeeded: $0.header) == kind.rawValue { body(place(of: $0)) } }
  }

  /// Kills the field of this kind and key, if there is one.
  func remove(_ kind: FieldKind, key: UnsafeRawBufferPointer) {
    forEach { field in
      if UInt8(truncatingIfNeeded: field.header) == kind.rawValue, unsafe has(key, field) { kill(field) }
    }
  }

  /// Kills every field of a kind that was written before a moment and that `keep` does not want.
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
