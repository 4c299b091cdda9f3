// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Places: where a field is, and whether it is still there.
extension FieldStream {
  /// Searches for a field at places that earlier writes to the same span returned. As long as the span is open a field
  /// begins at each of them, because dead fields are split and never joined, but it may be another one by now.
  ///
  /// - Parameter start: the index to search first; after the last place the search continues at the first.
  /// - Returns: the index of its place, or nil.
  func firstIndex(
    of kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    in places: UnsafeBufferPointer<FieldPlace>, from start: Int
  ) -> Int? {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return nil }
    // One comparison rules out nearly all others: kind, type and lengths, regardless of the sequence number.
    let wanted = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
    var index = start
    for _ in 0..<places.count {
      if index >= places.count { index = 0 }
      if unsafe has(wanted, key, value, at: places[index]) { return index }
      index &+= 1
    }
    return nil
  }

  /// Whether a field with this kind, type, key and value is at a place.
  @inline(__always)
  func has(
    _ kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    at place: FieldPlace
  ) -> Bool {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return false }
    let wanted = RecordField.header(kind, type, sequence: 0, key: key.count, value: value.count)
    return unsafe has(wanted, key, value, at: place)
  }

  /// Whether a field with this header (sequence number 0), key and value is at a place.
  @inline(__always)
  private func has(
    _ wanted: UInt64, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at place: FieldPlace
  ) -> Bool {
    let header = unsafe UInt64(littleEndian: (slots.base + place.byteOffset).load(as: UInt64.self))
    guard header & ~RecordField.sequenceBits == wanted else { return false }
    return unsafe holds(key, value, at: place)
  }

  /// Whether the field at this place, whose lengths match, has this key and value.
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
  static func same(_ bytes: UnsafeRawBufferPointer, _ there: UnsafeMutableRawPointer) -> Bool {
    guard let start = bytes.baseAddress else { return true }
    return unsafe spoor_equal_short(start, there, bytes.count)
  }

  /// The place of the field of this kind and key, if it has this value.
  func place(
    of kind: FieldKind, _ type: FieldValueType, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    guard let field = unsafe survey(kind, key: key, needed: 0).same, unsafe says(type, value, field) else {
      return nil
    }
    return place(of: field)
  }

  /// The place of the field of this kind and key, if its sequence number is `sequence` or later.
  func place(of kind: FieldKind, key: UnsafeRawBufferPointer, since sequence: UInt16) -> FieldPlace? {
    guard let field = unsafe survey(kind, key: key, needed: 0).same,
      RecordField.isWritten(UInt16(truncatingIfNeeded: field.header >> 16), since: sequence)
    else { return nil }
    return place(of: field)
  }

  /// The place of the field of this kind and key.
  func place(of kind: FieldKind, key: UnsafeRawBufferPointer) -> FieldPlace? {
    unsafe survey(kind, key: key, needed: 0).same.map { place(of: $0) }
  }

  func place(of field: Field) -> FieldPlace {
    var cursor = field.cursor
    let address = unsafe place(field.position, &cursor).address
    return FieldPlace(byteOffset: unsafe address - slots.base)
  }

  /// The field at a place. Its positions are relative to its slot, so that the chain before that slot is not needed.
  @inline(__always)
  private func field(at place: FieldPlace) -> Field {
    let index = UInt32(truncatingIfNeeded: place.byteOffset / SlotLayout.size)
    var cursor = Cursor(index: index, end: SlotLayout.size)
    let position = place.byteOffset % SlotLayout.size
    return Field(position: position, header: header(position, &cursor), cursor: cursor)
  }

  /// The number of live fields of a kind.
  func count(of kind: FieldKind) -> Int {
    var count = 0
    forEach { if UInt8(truncatingIfNeeded: $0.header) == kind.rawValue { count += 1 } }
    return count
  }

  /// Calls `body` with the place of each live field of a kind, in the order of the record.
  func forEachPlace(of kind: FieldKind, _ body: (FieldPlace) -> Void) {
    forEach { if UInt8(truncatingIfNeeded: $0.header) == kind.rawValue { body(place(of: $0)) } }
  }
}
