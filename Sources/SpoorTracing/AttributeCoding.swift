internal import SpoorBytes
internal import SpoorJournal
internal import Tracing

/// Attributes as a record has them, and back.
///
/// A class, so that a span that uses it retains one object and not each of the parts.
final class AttributeCoding: Sendable {
  let limits: SpanLimits
  let redaction: Redaction

  init(limits: SpanLimits, redaction: Redaction) {
    self.limits = limits
    self.redaction = redaction
  }

  /// Whether an attribute of these bytes is written as they are: neither redacted nor cut.
  @inline(__always)
  func isPlain(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    unsafe value.count <= limits.valueBytes && redaction.leavesAlone(key, value)
  }

  /// Writes an attribute into an open span that holds it neither with this value nor, as the caller knows, with another.
  /// Returns its place; nil where it is not for this to write.
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

  /// Writes an attribute into an open span, in the place of another of the same key. Returns its place; nil where it found
  /// no room, for the caller to count. `hasChanged` becomes true where the record does not say what the attribute says.
  @inline(__always)
  func set(_ key: String, _ attribute: SpanAttribute, in writer: SpanWriter, hasChanged: inout Bool) -> FieldPlace? {
    unsafe withBytes(of: key) { name in
      var isWritten = false
      let place: FieldPlace?? = unsafe withPlain(attribute) { type, bytes in
        guard unsafe isPlain(name, bytes) else { return nil }
        isWritten = true
        return unsafe writer.trySetAttribute(name, type, bytes, atMost: limits.attributes)
      }
      if isWritten { return place ?? nil }
      return unsafe setChanged(key, name, attribute, in: writer, hasChanged: &hasChanged)
    }
  }

  /// Where an attribute lies that somebody else has written since so many fields had been.
  @inline(never)
  func place(of key: String, since sequence: UInt16, in writer: SpanWriter) -> FieldPlace? {
    unsafe withBytes(of: key) { unsafe writer.place(of: $0, since: sequence) }
  }

  /// Whatever is rare: what may be a secret, a value to be cut, an array.
  @inline(never)
  private func setChanged(
    _ key: String, _ name: UnsafeRawBufferPointer, _ attribute: SpanAttribute, in writer: SpanWriter,
    hasChanged: inout Bool
  ) -> FieldPlace? {
    let place = unsafe withValue(key, attribute) { type, bytes in
      unsafe writer.trySetAttribute(name, type, bytes, atMost: limits.attributes)
    }
    guard let place else { return nil }
    let isAsItWas = unsafe withPlain(attribute) { type, bytes in
      unsafe withUnsafePointer(to: place) {
        unsafe writer.firstIndex(of: name, type, bytes, in: UnsafeBufferPointer(start: $0, count: 1), from: 0) != nil
      }
    }
    if isAsItWas != true { hasChanged = true }
    return place
  }

  /// Hands out the type and the bytes of a value that is written as it is where nothing is redacted; nil for others.
  @inline(__always)
  private func withPlain<Result>(
    _ attribute: SpanAttribute, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    unsafe withUnsafePointer(to: attribute) { unsafe AttributeStorage.withPlain($0, body) }
  }

  /// Hands out the type and the bytes of a value, redacted and within its limits.
  func withValue<Result>(
    _ key: String, _ attribute: SpanAttribute, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result {
    switch attribute {
    case .string(let text): return unsafe withText(key, text, body)
    default: break
    }
    if redaction.isSecret(key) { return unsafe withText(Redaction.replacement, body) }
    switch attribute {
    case .int32(let number): return unsafe Self.withNumber(Int64(number), .int64, body)
    case .int64(let number): return unsafe Self.withNumber(number, .int64, body)
    case .double(let number): return unsafe Self.withNumber(number.bitPattern.littleEndian, .double, body)
    case .bool(let flag): return unsafe Self.withNumber(UInt8(flag ? 1 : 0), .bool, body)
    case .int32Array(let numbers):
      return unsafe Self.withArray(numbers.map(Int64.init), .int64Array, atMost: limits.valueBytes, body)
    case .int64Array(let numbers): return unsafe Self.withArray(numbers, .int64Array, atMost: limits.valueBytes, body)
    case .doubleArray(let numbers):
      return unsafe Self.withArray(numbers.map(\.bitPattern), .doubleArray, atMost: limits.valueBytes, body)
    case .boolArray(let flags):
      return unsafe Self.withArray(flags.map { UInt8($0 ? 1 : 0) }, .boolArray, atMost: limits.valueBytes, body)
    case .stringArray(let texts): return unsafe withTexts(key, texts, body)
    case .stringConvertibleArray(let values): return unsafe withTexts(key, values.map(\.description), body)
    case .stringConvertible(let value):
      switch value {
      case let number as any BinaryInteger:
        if let number = Int64(exactly: number) { return unsafe Self.withNumber(number, .int64, body) }
        return unsafe withText(key, value.description, body)
      case let number as Double: return unsafe Self.withNumber(number.bitPattern.littleEndian, .double, body)
      case let number as Float: return unsafe Self.withNumber(Double(number).bitPattern.littleEndian, .double, body)
      case let flag as Bool: return unsafe Self.withNumber(UInt8(flag ? 1 : 0), .bool, body)
      default: return unsafe withText(key, value.description, body)
      }
    default:
      // A case that a later swift-distributed-tracing adds: its text is better than nothing.
      return unsafe withText(key, String(describing: attribute), body)
    }
  }

  /// Attributes as nested fields, for an event or a link.
  func fields(_ attributes: SpanAttributes) -> FieldBuffer {
    var buffer = FieldBuffer()
    guard !attributes.isEmpty else { return buffer }
    var pairs: [(String, SpanAttribute)] = []
    attributes.forEach { pairs.append(($0, $1)) }
    pairs.sort { $0.0 < $1.0 }
    for (key, value) in pairs.prefix(limits.attributesPerEvent) {
      unsafe withValue(key, value) { type, bytes in
        unsafe buffer.append(.attribute, key: key, type: type, value: bytes)
      }
    }
    return buffer
  }

  /// The attributes a record holds.
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

  typealias Body<Result> = (FieldValueType, UnsafeRawBufferPointer) -> Result

  private static func withNumber<Number: BitwiseCopyable, Result>(
    _ number: Number, _ type: FieldValueType, _ body: Body<Result>
  ) -> Result {
    unsafe withUnsafeBytes(of: number) { unsafe body(type, $0) }
  }

  static func withArray<Element: BitwiseCopyable, Result>(
    _ elements: [Element], _ type: FieldValueType, atMost limit: Int, _ body: Body<Result>
  ) -> Result {
    let fitting = elements.prefix(limit / MemoryLayout<Element>.stride)
    return unsafe fitting.withUnsafeBytes { unsafe body(type, $0) }
  }

  private func withTexts<Result>(_ key: String, _ texts: [String], _ body: Body<Result>) -> Result {
    let safe = texts.lazy.map { self.written($0, for: key) }
    return unsafe Self.bytes(of: safe, atMost: limits.valueBytes).withUnsafeBytes { unsafe body(.stringArray, $0) }
  }

  /// For each text a `UInt32` of its bytes, then those; as many texts as fit.
  static func bytes(of texts: some Sequence<String>, atMost limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for text in texts {
      guard bytes.count + 4 + text.utf8.count <= limit else { break }
      unsafe withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { unsafe bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: text.utf8)
    }
    return bytes
  }

  private func withText<Result>(_ key: String, _ text: String, _ body: Body<Result>) -> Result {
    if let replacement = redaction.replacement(key: key, value: text) { return unsafe withText(replacement, body) }
    return unsafe withText(text, body)
  }

  private func withText<Result>(_ text: String, _ body: Body<Result>) -> Result {
    unsafe withBytes(of: text.utf8.count <= limits.valueBytes ? text : cut(text)) { unsafe body(.string, $0) }
  }

  /// A text as it is written under that key: redacted, and within its limit.
  func written(_ text: String, for key: String) -> String {
    cut(redaction.replacement(key: key, value: text) ?? text)
  }

  /// The text within its limit: cut between two characters, with a note of what is missing.
  func cut(_ text: String) -> String {
    let utf8 = text.utf8
    guard utf8.count > limits.valueBytes else { return text }
    var end = utf8.index(utf8.startIndex, offsetBy: limits.valueBytes)
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return "\(text[..<end])…(\(utf8[end...].count) bytes more)"
  }
}
