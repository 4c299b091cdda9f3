internal import CSpoor
internal import SpoorBytes

/// Writes fields of an open span, under its lock: only inside ``Journal/write(_:_:)``.
///
/// What goes in here is final: redaction has happened, values are within their limits. A field that finds no room is
/// dropped and counted, the span is not.
package struct SpanWriter {
  let stream: FieldStream

  private static var noBytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: nil, count: 0) }

  /// The operation's name; the last one counts.
  package func setName(_ name: String) {
    unsafe withBytes(of: name) { unsafe put(.name, .string, Self.noBytes, $0, replacing: true, dropped: nil) }
  }

  /// The name of a span that has just got its slot.
  func begin(_ name: String) {
    unsafe withBytes(of: name) { name in
      guard let start = name.baseAddress else { return }
      if unsafe !stream.begin(
        .name, byteCount: name.count, { unsafe $0.copyMemory(from: start, byteCount: name.count) })
      {
        unsafe put(.name, .string, Self.noBytes, name, replacing: false, dropped: nil)
      }
    }
  }

  /// Its origin, in the slot's own bytes: `function file:line`.
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

  /// An attribute; the last value of a key counts.
  ///
  /// - Parameter limit: how many attributes the span may have; a new key beyond it is dropped.
  /// - Returns: where its field lies, for ``firstIndex(of:_:_:in:from:)``; nil where it found no room, for the caller to count with
  ///   ``countDropped(attributes:)``: whether the same one was counted before, only the caller knows.
  package func trySetAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, atMost limit: Int
  ) -> FieldPlace? {
    unsafe tryPut(.attribute, type, key, value, replacing: true, atMost: limit)
  }

  /// An attribute whose key the span has not: the others are not looked at, nor is how many there are.
  ///
  /// - Returns: as ``trySetAttribute(_:_:_:atMost:)``, which may find room still where this finds none.
  package func tryAppendAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    guard key.count <= RecordField.maximumLength, value.count <= RecordField.maximumLength else { return nil }
    return unsafe stream.append(.attribute, type, key: key, value: value)
  }

  /// The same as ``trySetAttribute(_:_:_:atMost:)`` for what nearly all are: new to a span that has room for it in its first
  /// slot and has lost no field yet, or what it has already.
  ///
  /// - Returns: no place where it is not so; then nothing is written.
  package func setPlainAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, atMost limit: Int
  ) -> FieldPlace {
    unsafe stream.writeInHead(.attribute, type, key: key, value: value, atMost: limit)
  }

  /// Counts attributes that found no room. Fewer than before, below zero, where some have found it since or are wanted no
  /// more: the span's own count goes back then, the journal's does not.
  package func countDropped(attributes change: Int) {
    if change > 0 { stream.count(.droppedFields, UInt64(change)) }
    raise(SlotLayout.droppedAttributes, by: change)
  }

  /// An attribute of any type; one that finds no room is counted.
  private func setAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) {
    unsafe put(.attribute, type, key, value, replacing: true, dropped: SlotLayout.droppedAttributes)
  }

  /// At which of these places, which writes to the same span returned, this attribute lies with this value; looked for from
  /// `start` on, then before.
  package func firstIndex(
    of key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer,
    in places: UnsafeBufferPointer<FieldPlace>, from start: Int
  ) -> Int? {
    unsafe stream.firstIndex(of: .attribute, type, key: key, value: value, in: places, from: start)
  }

  /// Whether this attribute lies at a place, which a write to the same span returned, with this value.
  package func has(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer, at place: FieldPlace
  ) -> Bool {
    unsafe stream.has(.attribute, type, key: key, value: value, at: place)
  }

  /// Where the field of this attribute lies, if it has this value.
  package func place(
    of key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) -> FieldPlace? {
    unsafe stream.place(of: .attribute, type, key: key, value: value)
  }

  /// Where the field of this attribute lies, if it was written at or after the moment when `sequence` fields had been.
  package func place(of key: UnsafeRawBufferPointer, since sequence: UInt16) -> FieldPlace? {
    unsafe stream.place(of: .attribute, key: key, since: sequence)
  }

  /// Text as an attribute.
  package func setAttribute(_ key: String, _ value: String) {
    unsafe withBytes(of: key) { key in
      unsafe withBytes(of: value) { value in unsafe setAttribute(key, .string, value) }
    }
  }

  /// A whole number as an attribute.
  package func setAttribute(_ key: String, _ value: Int64) {
    unsafe withBytes(of: key) { key in
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe setAttribute(key, .int64, $0) }
    }
  }

  /// A boolean as an attribute.
  package func setAttribute(_ key: String, _ value: Bool) {
    unsafe withBytes(of: key) { key in
      unsafe withUnsafeBytes(of: UInt8(value ? 1 : 0)) { unsafe setAttribute(key, .bool, $0) }
    }
  }

  /// Code addresses as an attribute, innermost first: names are made of them when the span is encoded.
  package func setAddresses(_ key: String, _ addresses: [UInt64]) {
    stream.count(.stacks)
    unsafe withBytes(of: key) { key in
      unsafe addresses.withUnsafeBytes { unsafe setAttribute(key, .addresses, $0) }
    }
  }

  /// Takes an attribute away.
  package func removeAttribute(_ key: UnsafeRawBufferPointer) { unsafe stream.remove(.attribute, key: key) }

  /// Takes away every attribute that `keep` does not want.
  package func removeAttributes(unless keep: (RecordField) -> Bool) { stream.remove(.attribute, unless: keep) }

  /// An event: 8 bytes of time, then its attributes as fields.
  package func addEvent(
    _ name: String, atNanoseconds time: UInt64, attributes: FieldBuffer, atMost limit: Int = .max
  ) {
    var value = FieldBuffer.word(time)
    unsafe attributes.withFields { unsafe value.append(contentsOf: $0) }
    unsafe withBytes(of: name) { name in
      unsafe value.withUnsafeBytes { value in
        unsafe put(
          .event, .structure, name, value, replacing: false, atMost: limit, dropped: SlotLayout.droppedEvents)
      }
    }
  }

  /// A link to another span, with attributes.
  package func addLink(
    traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, attributes: FieldBuffer, atMost limit: Int = .max
  ) {
    var value = FieldBuffer.word(traceIDHigh) + FieldBuffer.word(traceIDLow) + FieldBuffer.word(spanID)
    unsafe attributes.withFields { unsafe value.append(contentsOf: $0) }
    unsafe value.withUnsafeBytes { value in
      unsafe put(
        .link, .structure, Self.noBytes, value, replacing: false, atMost: limit, dropped: SlotLayout.droppedLinks)
    }
  }

  /// The status; the last one counts.
  package func setStatus(_ code: StatusCode, message: String) {
    var value = [code.rawValue]
    value.append(contentsOf: message.utf8)
    unsafe value.withUnsafeBytes { value in
      unsafe put(.status, .structure, Self.noBytes, value, replacing: true, dropped: nil)
    }
  }

  /// How many live fields of a kind the span has.
  package func count(of kind: FieldKind) -> Int { stream.count(of: kind) }

  /// Where the attributes lie, in the order of the record.
  package func forEachAttributePlace(_ body: (FieldPlace) -> Void) { stream.forEachPlace(of: .attribute, body) }

  /// How many fields have been written so far; wraps. Two equal ones: nobody has written in between.
  package var sequence: UInt16 { stream.slots.read(stream.head, SlotLayout.sequence) }

  /// The span as it stands.
  package func read<Result>(_ body: (SpanRecord) -> Result) -> Result {
    SlotReader(slots: stream.slots).withRecord(stream.head, body)
  }

  /// Writes a field; one that finds no room is counted, in the span too where `dropped` says where.
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
    replacing: Bool, atMost limit: Int
  ) -> FieldPlace? {
    // Longer than a field can be is cut, not lost; the tracer's limits are far below.
    let key = unsafe UnsafeRawBufferPointer(start: key.baseAddress, count: min(key.count, RecordField.maximumLength))
    let value = unsafe UnsafeRawBufferPointer(
      start: value.baseAddress, count: min(value.count, RecordField.maximumLength))
    return unsafe stream.write(kind, type, key: key, value: value, replacing: replacing, atMost: limit)
  }

  private func raise(_ offset: Int, by change: Int) {
    let count: UInt16 = stream.slots.read(stream.head, offset)
    stream.slots.write(UInt16(clamping: Int(count) + change), stream.head, offset)
  }
}
