// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
internal import Tracing

/// Converts attributes to fields of a record and back.
///
/// It is a class, so that a span that uses it retains one object and not each part.
final class AttributeCoding: Sendable {
  let limits: SpanLimits
  let redaction: Redaction

  init(limits: SpanLimits, redaction: Redaction) {
    var limits = limits
    limits.valueBytes = min(max(limits.valueBytes, 0), Self.longestText)
    self.limits = limits
    self.redaction = redaction
  }

  /// Whether an attribute with these bytes is written unchanged: neither redacted nor cut.
  @inline(__always)
  func isPlain(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    unsafe value.count <= limits.valueBytes && redaction.leavesAlone(key, value)
  }

  /// Appends an attribute to an open span that does not have its key, as the caller knows. Returns its place; nil if it
  /// needs the general path, because there is no room or it may have to be redacted or cut.
  @inline(__always)
  func append(
    _ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>, in writer: SpanWriter
  ) -> FieldPlace? {
    unsafe withBytes(of: key) { key in
      unsafe AttributeStorage.withPlain(value) { type, bytes in
        unsafe isPlain(key, bytes) ? writer.tryAppendAttribute(key, type, bytes) : nil
      } ?? nil
    }
  }

  /// Writes an attribute into an open span and replaces another one with the same key. Returns its place; nil if there
  /// was no room, which the caller counts. `hasChanged` becomes true if the recorded value differs from the attribute.
  @inline(__always)
  func set(_ key: String, _ attribute: SpanAttribute, in writer: SpanWriter, hasChanged: inout Bool) -> FieldPlace? {
    unsafe withBytes(of: key) { name in
      var isWritten = false
      let place: FieldPlace?? = unsafe withPlain(attribute) { type, bytes in
        guard unsafe isPlain(name, bytes) else { return nil }
        isWritten = true
        return unsafe writer.trySetAttribute(name, type, bytes, atMost: limits.attributes)
      }
      // A value without room is cut below.
      if isWritten, let place = place ?? nil { return place }
      return unsafe setChanged(key, name, attribute, in: writer, hasChanged: &hasChanged)
    }
  }

  /// The place of an attribute that another thread has written since the given number of fields.
  @inline(never)
  func place(of key: String, since sequence: UInt16, in writer: SpanWriter) -> FieldPlace? {
    unsafe withBytes(of: key) { unsafe writer.place(of: $0, since: sequence) }
  }

  /// Writes the rare kinds: possible secrets, values to be cut, arrays.
  @inline(never)
  private func setChanged(
    _ key: String, _ name: UnsafeRawBufferPointer, _ attribute: SpanAttribute, in writer: SpanWriter,
    hasChanged: inout Bool
  ) -> FieldPlace? {
    guard let place = unsafe write(key, name, attribute, in: writer) else { return nil }
    let isAsItWas = unsafe withPlain(attribute) { type, bytes in
      unsafe withUnsafePointer(to: place) {
        unsafe writer.firstIndex(of: name, type, bytes, in: UnsafeBufferPointer(start: $0, count: 1), from: 0) != nil
      }
    }
    if isAsItWas != true { hasChanged = true }
    return place
  }

  /// Writes a value, cut to the remaining room if that is less than its limit.
  private func write(
    _ key: String, _ name: UnsafeRawBufferPointer, _ attribute: SpanAttribute, in writer: SpanWriter
  ) -> FieldPlace? {
    func put(atMost limit: Int) -> FieldPlace? {
      unsafe withValue(key, attribute, atMost: limit) { type, bytes, missing in
        let place = unsafe writer.trySetAttribute(name, type, bytes, atMost: limits.attributes)
        if place != nil, missing > 0 { writer.setAttribute(key + Self.missingSuffix, Int64(missing)) }
        return place
      }
    }
    if let place = put(atMost: limits.valueBytes) { return place }
    if let place = unsafe writer.placeOfCut(name) { return place }
    for inChain in [false, true] {
      let room = unsafe writer.attributeRoom(name, inChain: inChain) - CutText.noteBytes
      if room >= CutText.least, room < longest(attribute), let place = put(atMost: room) { return place }
    }
    return nil
  }

  /// The maximum size of a value in bytes.
  private func longest(_ attribute: SpanAttribute) -> Int {
    switch attribute {
    case .string, .stringConvertible: limits.valueBytes
    default: 2 * limits.valueBytes
    }
  }

  /// The suffix of a list's key for the number of its missing elements.
  static let missingSuffix = ".dropped_elements"

  /// Calls `body` with the type and the bytes of a value that is written unchanged if nothing is redacted; returns nil
  /// for other values.
  @inline(__always)
  private func withPlain<Result>(
    _ attribute: SpanAttribute, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    unsafe withUnsafePointer(to: attribute) { unsafe AttributeStorage.withPlain($0, body) }
  }

  /// Calls `body` with the type and the bytes of a value, redacted and within its limits, and with the number of
  /// missing elements of a list.
  ///
  /// - Parameter limit: the maximum size of one text in bytes. A list may take twice as much, and each of its texts as
  ///   much.
  func withValue<Result>(
    _ key: String, _ attribute: SpanAttribute, atMost limit: Int,
    _ body: (FieldValueType, UnsafeRawBufferPointer, _ missing: Int) -> Result
  ) -> Result {
    switch attribute {
    case .string(let text): return unsafe withText(key, text, limit, body)
    default: break
    }
    if redaction.isSecret(key) { return unsafe withText(Redaction.replacement, limit, body) }
    switch attribute {
    case .int32(let number): return unsafe Self.withNumber(Int64(number), .int64, body)
    case .int64(let number): return unsafe Self.withNumber(number, .int64, body)
    case .double(let number): return unsafe Self.withNumber(number.bitPattern.littleEndian, .double, body)
    case .bool(let flag): return unsafe Self.withNumber(UInt8(flag ? 1 : 0), .bool, body)
    case .int32Array(let numbers):
      return unsafe Self.withArray(numbers.lazy.map(Int64.init), .int64Array, atMost: 2 * limit, body)
    case .int64Array(let numbers): return unsafe Self.withArray(numbers, .int64Array, atMost: 2 * limit, body)
    case .doubleArray(let numbers):
      return unsafe Self.withArray(numbers.lazy.map(\.bitPattern), .doubleArray, atMost: 2 * limit, body)
    case .boolArray(let flags):
      return unsafe Self.withArray(flags.lazy.map { UInt8($0 ? 1 : 0) }, .boolArray, atMost: 2 * limit, body)
    case .stringArray(let texts): return unsafe withTexts(key, texts, limit, body)
    case .stringConvertibleArray(let values):
      return unsafe withTexts(key, values.lazy.map(\.description), limit, body)
    case .stringConvertible(let value):
      switch value {
      case let number as any BinaryInteger:
        if let number = Int64(exactly: number) { return unsafe Self.withNumber(number, .int64, body) }
        return unsafe withText(key, value.description, limit, body)
      case let number as Double: return unsafe Self.withNumber(number.bitPattern.littleEndian, .double, body)
      case let number as Float: return unsafe Self.withNumber(Double(number).bitPattern.littleEndian, .double, body)
      case let flag as Bool: return unsafe Self.withNumber(UInt8(flag ? 1 : 0), .bool, body)
      default: return unsafe withText(key, value.description, limit, body)
      }
    default:
      // A case that a later swift-distributed-tracing adds is written as text.
      return unsafe withText(key, String(describing: attribute), limit, body)
    }
  }

  /// Attributes as nested fields, for an event or a link. Those beyond the limits are counted in one more field.
  ///
  /// - Parameter preferred: keys that come first, in this order.
  func fields(_ attributes: SpanAttributes, preferring preferred: [String] = []) -> FieldBuffer {
    var buffer = FieldBuffer()
    guard !attributes.isEmpty else { return buffer }
    var pairs: [(String, SpanAttribute)] = []
    attributes.forEach { pairs.append(($0, $1)) }
    func rank(_ key: String) -> Int { preferred.firstIndex(of: key) ?? preferred.count }
    pairs.sort { (rank($0.0), $0.0) < (rank($1.0), $1.0) }
    var written = 0
    for (key, value) in pairs.prefix(limits.attributesPerEvent) {
      guard buffer.byteCount < Self.nestedBytes else { break }
      unsafe withValue(key, value, atMost: min(limits.valueBytes, Self.nestedBytes / 4)) { type, bytes, missing in
        unsafe buffer.append(.attribute, key: key, type: type, value: bytes)
        if missing > 0 { buffer.append(.attribute, key: key + Self.missingSuffix, count: missing) }
      }
      written += 1
    }
    if written < pairs.count { buffer.append(.attribute, key: FieldBuffer.droppedKey, count: pairs.count - written) }
    return buffer
  }

  /// The maximum size of the attributes of one event or link, because a field has at most 65 535 bytes.
  private static let nestedBytes = 30_000

  /// The attributes of a record.
  static func attributes(of record: SpanRecord) -> SpanAttributes {
    var result = SpanAttributes([:])
    for field in record.fields where field.kind == .attribute { result.set(field.keyText, value: value(of: field)) }
    return result
  }

  private static func value(of field: RecordField) -> SpanAttribute {
    let count = unsafe field.value.count / 8
    func words() -> [UInt64] { (0..<count).map { field.word($0) } }
    switch field.type {
    case .int64: return .int64(Int64(bitPattern: field.word(0)))
    case .double: return .double(Double(bitPattern: field.word(0)))
    case .bool: return unsafe .bool(field.value.first == 1)
    case .int64Array, .addresses: return .int64Array(words().map { Int64(bitPattern: $0) })
    case .doubleArray: return .doubleArray(words().map { Double(bitPattern: $0) })
    case .boolArray: return unsafe .boolArray(field.value.map { $0 == 1 })
    case .stringArray: return .stringArray(field.texts)
    case .string, .structure: return unsafe .string(String(decoding: field.value, as: UTF8.self))
    }
  }

  // MARK: Bytes

  typealias Body<Result> = (FieldValueType, UnsafeRawBufferPointer, _ missing: Int) -> Result

  private static func withNumber<Number: BitwiseCopyable, Result>(
    _ number: Number, _ type: FieldValueType, _ body: Body<Result>
  ) -> Result {
    unsafe withUnsafeBytes(of: number) { unsafe body(type, $0, 0) }
  }

  static func withArray<Elements: Collection, Result>(
    _ elements: Elements, _ type: FieldValueType, atMost limit: Int, _ body: Body<Result>
  ) -> Result where Elements.Element: BitwiseCopyable {
    let fitting = Array(elements.prefix(limit / MemoryLayout<Elements.Element>.stride))
    return unsafe fitting.withUnsafeBytes { unsafe body(type, $0, elements.count - fitting.count) }
  }

  private func withTexts<Result>(
    _ key: String, _ texts: some Collection<String>, _ limit: Int, _ body: Body<Result>
  ) -> Result {
    let safe = texts.lazy.map { self.cut(self.redaction.replacement(key: key, value: $0) ?? $0, atMost: limit) }
    let (bytes, count) = Self.bytes(of: safe, atMost: 2 * limit)
    return unsafe bytes.withUnsafeBytes { unsafe body(.stringArray, $0, texts.count - count) }
  }

  /// For each text its length as `UInt32`, then its bytes, for as many texts as fit. Also returns their number.
  static func bytes(of texts: some Sequence<String>, atMost limit: Int) -> (bytes: [UInt8], count: Int) {
    var bytes: [UInt8] = []
    var count = 0
    for text in texts {
      // One text within its limit always fits, together with the note that it was cut.
      guard bytes.count + 4 + text.utf8.count <= limit || bytes.isEmpty else { break }
      unsafe withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { unsafe bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: text.utf8)
      count += 1
    }
    return (bytes, count)
  }

  private func withText<Result>(_ key: String, _ text: String, _ limit: Int, _ body: Body<Result>) -> Result {
    let written = redaction.replacement(key: key, value: text) ?? text
    return unsafe withText(written, limit, body)
  }

  private func withText<Result>(_ text: String, _ limit: Int, _ body: Body<Result>) -> Result {
    unsafe withBytes(of: cut(text, atMost: limit)) { unsafe body(.string, $0, 0) }
  }

  /// The written form of a text with that key: redacted, and within its limit.
  func written(_ text: String, for key: String) -> String {
    cut(redaction.replacement(key: key, value: text) ?? text)
  }

  /// The written form of a name: redacted, and within its limit.
  @inline(__always)
  func written(name: String) -> String {
    if name.utf8.count <= limits.valueBytes, redaction.leavesAlone(message: name) { return name }
    return cut(redaction.redacted(message: name))
  }

  /// The text within its limit: cut between two characters, with a note of the missing length.
  func cut(_ text: String) -> String { text.cut(to: limits.valueBytes) }

  private func cut(_ text: String, atMost limit: Int) -> String { text.cut(to: limit) }

  /// The maximum size of a text regardless of the limits, because a field has at most 65 535 bytes.
  private static let longestText = 64_000
}
