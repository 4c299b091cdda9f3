// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Writes fields of an open span, under its lock: only inside ``Journal/write(_:_:)``.
///
/// The values are final: they have been redacted and are within their limits. A field without room is dropped and
/// counted; the span is kept.
package struct SpanWriter {
  let stream: FieldStream

  private static var noBytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: nil, count: 0) }

  /// Sets the operation's name; the last one counts.
  package func setName(_ name: String) {
    unsafe withBytes(of: name) { name in
      if unsafe putText(.name, .string, name, after: nil) { return }
      stream.count(.droppedFields)
    }
  }

  /// Writes the name of a span that has just got its slot.
  func begin(_ name: String) {
    unsafe withBytes(of: name) { name in
      guard let start = name.baseAddress else { return }
      if unsafe !stream.begin(
        .name, byteCount: name.count, { unsafe $0.copyMemory(from: start, byteCount: name.count) })
      {
        if unsafe !putText(.name, .string, name, after: nil) { stream.count(.droppedFields) }
      }
    }
  }

  /// Writes the origin, `function file:line`, directly into the slot.
  func begin(function: String, fileID: String, line: UInt) {
    var digits = 1
    var bound: UInt = 10
    while line >= bound, digits < 19 {
      digits += 1
      bound *= 10
    }
    unsafe withBytes(of: function) { function in
      unsafe withBytes(of: fileID) { file in
        let byteCount = function.count + file.count + digits + 2
        let isWritten = unsafe stream.begin(.origin, byteCount: byteCount) { room in
          unsafe Self.write(function, file, line, digits, to: room)
        }
        if isWritten { return }
        unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 1) { text in
          guard let start = text.baseAddress else { return }
          unsafe Self.write(function, file, line, digits, to: start)
          unsafe put(.origin, .string, Self.noBytes, UnsafeRawBufferPointer(text), replacing: false, dropped: nil)
        }
      }
    }
  }

  @inline(__always)
  private static func write(
    _ function: UnsafeRawBufferPointer, _ file: UnsafeRawBufferPointer, _ line: UInt, _ digits: Int,
    to start: UnsafeMutableRawPointer
  ) {
    if let bytes = function.baseAddress { unsafe spoor_copy_short(start, bytes, function.count) }
    var end = unsafe start + function.count
    unsafe end.storeBytes(of: UInt8(ascii: " "), as: UInt8.self)
    if let bytes = file.baseAddress { unsafe spoor_copy_short(end + 1, bytes, file.count) }
    unsafe end += 1 + file.count
    unsafe end.storeBytes(of: UInt8(ascii: ":"), as: UInt8.self)
    var rest = line
    var place = digits
    while place > 0 {
      unsafe end.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), toByteOffset: place, as: UInt8.self)
      rest /= 10
      place -= 1
    }
  }

  /// Sets an attribute; the last value of a key counts.
  ///
  /// - Parameter limit: the maximum number of attributes; a new key beyond it is dropped.
  /// - Returns: the place of its field, for ``firstIndex(of:_:_:in:from:)``; nil if there was no room. The caller then
  ///   counts it with ``countDropped(attributes:)``, because only the caller knows whether it was counted before.
  package func trySetAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, atMost limit: Int
  ) -> FieldPlace? {
    unsafe tryPut(.attribute, type, key, value, replacing: true, atMost: limit)
  }

  /// Appends an attribute whose key the span does not have, without checking that or the number of attributes.
  ///
  /// - Returns: as ``trySetAttribute(_:_:_:atMost:)``, which may still find room if this does not.
  package func tryAppendAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return nil }
    return unsafe stream.append(.attribute, type, key: key, value: value)
  }

  /// The fast path of ``trySetAttribute(_:_:_:atMost:)`` for nearly all attributes: the key is new and the first slot
  /// has room, or the span already has this value; and no field was dropped before.
  ///
  /// - Returns: `.none` in all other cases; nothing is written then.
  package func setPlainAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, atMost limit: Int
  ) -> FieldPlace {
    unsafe stream.writeInHead(.attribute, type, key: key, value: value, atMost: limit)
  }

  /// Counts attributes without room. `change` is negative if some have found room since or were removed: then the
  /// span's own count is reduced, the journal's is not.
  package func countDropped(attributes change: Int) {
    if change > 0 { stream.count(.droppedFields, UInt64(change)) }
    raise(SlotLayout.droppedAttributes, by: change)
  }

  /// Sets an attribute of Spoor's own. A short one may use the reserve. It is counted if there is no room.
  private func setAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) {
    let reserve: SpanReserve = value.count <= 1024 ? .exception : .none
    if unsafe tryPut(.attribute, type, key, value, replacing: true, reserve: reserve) != nil { return }
    stream.count(.droppedFields)
    raise(SlotLayout.droppedAttributes, by: 1)
  }

  /// The index of the place, among those that writes to the same span returned, at which this attribute has this value.
  /// The search begins at `start` and wraps around.
  package func firstIndex(
    of key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer,
    in places: UnsafeBufferPointer<FieldPlace>, from start: Int
  ) -> Int? {
    unsafe stream.firstIndex(of: .attribute, type, key: key, value: value, in: places, from: start)
  }

  /// Whether this attribute with this value is at a place that a write to the same span returned.
  package func has(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, at place: FieldPlace
  ) -> Bool {
    unsafe stream.has(.attribute, type, key: key, value: value, at: place)
  }

  /// The place of this attribute's field, if it has this value.
  package func place(
    of key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    unsafe stream.place(of: .attribute, type, key: key, value: value)
  }

  /// The place of this attribute's field, if its sequence number is `sequence` or later.
  package func place(of key: UnsafeRawBufferPointer, since sequence: UInt16) -> FieldPlace? {
    unsafe stream.place(of: .attribute, key: key, since: sequence)
  }

  /// Sets a text as an attribute; a short one may use the reserve.
  package func setAttribute(_ key: String, _ value: String) {
    unsafe withBytes(of: key) { key in
      unsafe withBytes(of: value) { value in unsafe setAttribute(key, .string, value) }
    }
  }

  /// Sets a whole number as an attribute.
  package func setAttribute(_ key: String, _ value: Int64) {
    unsafe withBytes(of: key) { key in
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe setAttribute(key, .int64, $0) }
    }
  }

  /// Sets a Boolean as an attribute.
  package func setAttribute(_ key: String, _ value: Bool) {
    unsafe withBytes(of: key) { key in
      unsafe withUnsafeBytes(of: UInt8(value ? 1 : 0)) { unsafe setAttribute(key, .bool, $0) }
    }
  }

  /// Sets code addresses as an attribute, innermost first. They are resolved to names when the span is encoded.
  package func setAddresses(_ key: String, _ addresses: [UInt64]) {
    stream.count(.stacks)
    unsafe withBytes(of: key) { key in
      unsafe addresses.withUnsafeBytes { unsafe setAttribute(key, .addresses, $0) }
    }
  }

  /// Removes every attribute for which `keep` is false.
  package func removeAttributes(unless keep: (RecordField) -> Bool) { stream.remove(.attribute, unless: keep) }

  /// Adds an event: 8 bytes of time, then its attributes as fields.
  ///
  /// If it does not fit with its attributes, it is written without them, and with their number.
  package func addEvent(
    _ name: String, atNanoseconds time: UInt64, attributes: FieldBuffer, atMost limit: Int = .max
  ) {
    unsafe withBytes(of: name) { name in
      unsafe putNested(
        .event, name, FieldBuffer.word(time), attributes, atMost: limit, dropped: SlotLayout.droppedEvents)
    }
  }

  /// Adds an error as an event. The first one of a span always has room, because it may use the reserve and exceed the
  /// number of events.
  ///
  /// - Parameters:
  ///   - attributes: all attributes, in order of preference.
  ///   - essential: the attributes that must be included; they must be short.
  package func addException(
    _ name: String, atNanoseconds time: UInt64, attributes: FieldBuffer, essential: FieldBuffer, atMost limit: Int
  ) {
    if unsafe attributes.withFields({ unsafe RecordFields($0).contains { $0.type == .addresses } }) {
      stream.count(.stacks)
    }
    let isFirst = !read { record in record.fields.contains { $0.kind == .event && $0.keyText == name } }
    unsafe withBytes(of: name) { name in
      func put(_ attributes: FieldBuffer) -> Bool {
        let value = FieldBuffer.word(time) + attributes.bytes
        guard value.count <= RecordField.maximumLength else { return false }
        return unsafe value.withUnsafeBytes { value in
          unsafe tryPut(
            .event, .structure, name, value, replacing: false, atMost: isFirst ? .max : limit,
            reserve: isFirst ? .exception : .none) != nil
        }
      }
      if put(attributes) || put(essential) || put(FieldBuffer()) { return }
      stream.count(.droppedFields)
      raise(SlotLayout.droppedEvents, by: 1)
    }
  }

  /// Writes an event or link, without its attributes if it does not fit with them.
  private func putNested(
    _ kind: FieldKind, _ key: UnsafeRawBufferPointer, _ words: [UInt8], _ attributes: FieldBuffer, atMost limit: Int,
    dropped: Int
  ) {
    func put(_ attributes: FieldBuffer) -> Bool {
      let value = words + attributes.bytes
      guard value.count <= RecordField.maximumLength else { return false }
      return unsafe value.withUnsafeBytes { value in
        unsafe tryPut(kind, .structure, key, value, replacing: false, atMost: limit) != nil
      }
    }
    if put(attributes) { return }
    if !attributes.isEmpty, stream.count(of: kind) < limit {
      stream.count(.droppedFields)
      if put(.dropped(unsafe attributes.withFields { unsafe Array(RecordFields($0)).count })) { return }
    }
    stream.count(.droppedFields)
    raise(dropped, by: 1)
  }

  /// Adds a link to another span, with attributes.
  package func addLink(
    traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, attributes: FieldBuffer, atMost limit: Int = .max
  ) {
    let words = FieldBuffer.word(traceIDHigh) + FieldBuffer.word(traceIDLow) + FieldBuffer.word(spanID)
    unsafe putNested(.link, Self.noBytes, words, attributes, atMost: limit, dropped: SlotLayout.droppedLinks)
  }

  /// Sets the status; the last one counts.
  ///
  /// A message that is longer than the remaining room is cut. If the journal is too full to store the status at all,
  /// the span is still marked as failed.
  package func setStatus(_ code: StatusCode, message: String) {
    let isWritten = unsafe withBytes(of: message) { unsafe putText(.status, .structure, $0, after: code.rawValue) }
    if !isWritten { stream.count(.droppedFields) }
    mark(.failed, !isWritten && code == .error)
  }

  /// Replaces the span's text of this kind (its name or status), cut to the remaining room.
  private func putText(
    _ kind: FieldKind, _ type: FieldValueType, _ text: UnsafeRawBufferPointer, after first: UInt8?
  ) -> Bool {
    func put(_ text: UnsafeRawBufferPointer) -> Bool {
      guard let first else {
        return unsafe tryPut(kind, type, Self.noBytes, text, replacing: true, reserve: .status) != nil
      }
      let value = unsafe [first] + Array(text)
      return unsafe value.withUnsafeBytes {
        unsafe tryPut(kind, type, Self.noBytes, $0, replacing: true, reserve: .status) != nil
      }
    }
    if text.count < RecordField.maximumLength - 1, unsafe put(text) { return true }
    for inChain in [false, true] {
      let room = stream.valueRoom(key: 0, .status, inChain: inChain) - 1
      if room >= CutText.least, room < text.count, unsafe CutText.with(text, room, put) { return true }
    }
    guard first != nil else { return false }  // The old name is kept.
    // There is no room even for a part of it: the old status is removed, and only the code is stored.
    stream.remove(kind) { _ in false }
    return unsafe put(Self.noBytes)
  }

  private func mark(_ flag: SpanRecordFlags, _ isSet: Bool) {
    let flags = SpanRecordFlags(rawValue: stream.slots.read(stream.head, SlotLayout.flags))
    guard flags.contains(flag) != isSet else { return }
    stream.slots.write(flags.rawValue ^ flag.rawValue, stream.head, SlotLayout.flags)
  }

  /// The number of live fields of a kind.
  package func count(of kind: FieldKind) -> Int { stream.count(of: kind) }

  /// Calls `body` with the places of the attributes, in the order of the record.
  package func forEachAttributePlace(_ body: (FieldPlace) -> Void) { stream.forEachPlace(of: .attribute, body) }

  /// The number of fields written so far; wraps. If two readings are equal, nothing was written in between.
  package var sequence: UInt16 { stream.slots.read(stream.head, SlotLayout.sequence) }

  /// Calls `body` with the span in its current state.
  package func read<Result>(_ body: (SpanRecord) -> Result) -> Result {
    SlotReader(slots: stream.slots).withRecord(stream.head, body)
  }

  /// Writes a field. One without room is counted in the journal, and in the span's counter at `dropped` if given.
  private func put(
    _ kind: FieldKind, _ type: FieldValueType, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
    replacing: Bool, atMost limit: Int = .max, dropped: Int?
  ) {
    if unsafe tryPut(kind, type, key, value, replacing: replacing, atMost: limit) != nil { return }
    stream.count(.droppedFields)
    if let dropped { raise(dropped, by: 1) }
  }

  private func tryPut(
    _ kind: FieldKind, _ type: FieldValueType, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
    replacing: Bool, atMost limit: Int = .max, reserve: SpanReserve = .none
  ) -> FieldPlace? {
    // A key that is too long is cut. A value that is too long does not fit: the caller cuts it and adds a note.
    let key = unsafe UnsafeRawBufferPointer(start: key.baseAddress, count: min(key.count, RecordField.maximumLength))
    guard value.count <= RecordField.maximumLength else { return nil }
    return unsafe stream.write(
      kind, type, key: key, value: value, replacing: replacing, atMost: limit, reserve: reserve)
  }

  /// The place of an attribute whose value was cut before; nil if there is none.
  package func placeOfCut(_ key: UnsafeRawBufferPointer) -> FieldPlace? {
    let isCut = read { record in
      record.fields.contains {
        unsafe $0.kind == .attribute && $0.type == .string && $0.key.elementsEqual(key)
          && $0.value.suffix(CutText.noteEnd.utf8.count).elementsEqual(CutText.noteEnd.utf8)
      }
    }
    return isCut ? unsafe stream.place(of: .attribute, key: key) : nil
  }

  /// The maximum size of the value of a further attribute, in bytes.
  ///
  /// - Parameter inChain: whether only room in existing slots counts, because the journal is full.
  package func attributeRoom(_ key: UnsafeRawBufferPointer, inChain: Bool) -> Int {
    stream.valueRoom(key: key.count, .none, inChain: inChain)
  }

  private func raise(_ offset: Int, by change: Int) {
    let count: UInt16 = stream.slots.read(stream.head, offset)
    stream.slots.write(UInt16(clamping: Int(count) + change), stream.head, offset)
  }
}
