/// What a field of a span says. The numbers are the file's.
public enum FieldKind: UInt8, Sendable {
  /// Room that a removed or overwritten field left.
  case dead = 0
  /// The operation's name. The value is UTF-8; the last one counts.
  case name = 1
  /// An attribute: key and typed value; the last one of a key counts.
  case attribute = 2
  /// An event: the key is its name; the value 8 bytes of nanoseconds since 1970, then its attributes as fields.
  case event = 3
  /// A link: the value 8 + 8 + 8 bytes of trace id (high, low) and span id, then its attributes as fields.
  case link = 4
  /// The status: the value's first byte is a ``StatusCode``, the rest its message in UTF-8; the last one counts.
  case status = 5
  /// Where the span was started: UTF-8 `function file:line`.
  case origin = 6
}

/// How a field's value is to be read. The numbers are the file's.
public enum FieldValueType: UInt8, Sendable {
  /// UTF-8 text.
  case string = 0
  /// One `Int64`.
  case int64 = 1
  /// One `Double`.
  case double = 2
  /// One byte, 0 or 1.
  case bool = 3
  /// `Int64` after `Int64`.
  case int64Array = 4
  /// `Double` after `Double`.
  case doubleArray = 5
  /// Byte after byte, 0 or 1.
  case boolArray = 6
  /// For each string a `UInt32` of its bytes, then those.
  case stringArray = 7
  /// Return addresses, `UInt64` each, innermost first: a stack that is yet to be resolved.
  case addresses = 8
  /// What the field's kind says (event, link, status).
  case structure = 9
}

/// OpenTelemetry's status codes. The numbers are the file's.
package enum StatusCode: UInt8, Sendable {
  case unset = 0
  case ok = 1
  case error = 2
}

/// One field of a record: an 8-byte header, the key, the value, zeros up to a multiple of 8.
///
/// The header is `kind` 1, `type` 1, `sequence` 2, `keyLength` 2, `valueLength` 2 bytes, and aligned, so that one store
/// publishes, kills or splits a field: a reader never sees half of one.
@safe
public struct RecordField {
  /// What the field says.
  public let kind: FieldKind
  /// How ``value`` is to be read.
  public let type: FieldValueType
  /// When it was written, among the fields of its span; wraps around.
  public let sequence: UInt16
  /// UTF-8. Valid as long as the record it came from.
  public let key: UnsafeRawBufferPointer
  /// Valid as long as the record it came from.
  public let value: UnsafeRawBufferPointer

  @inlinable
  @inline(__always)
  init(
    _ kind: FieldKind, _ type: FieldValueType, sequence: UInt16, key: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer
  ) {
    self.kind = kind
    self.type = type
    self.sequence = sequence
    unsafe self.key = key
    unsafe self.value = value
  }

  /// Whether it was written at or after the moment when `sequence` fields had been written.
  package func isNewer(than sequence: UInt16) -> Bool { Self.isNewer(self.sequence, than: sequence) }

  static func isNewer(_ own: UInt16, than sequence: UInt16) -> Bool { Int16(bitPattern: own &- sequence) >= 0 }

  /// Bytes before the key.
  @inlinable public static var headerSize: Int { 8 }
  package static let maximumLength = 65_535

  /// Bytes a field takes, header and padding included.
  @inlinable
  public static func size(key: Int, value: Int) -> Int {
    headerSize + (key + value + 7) & ~7
  }

  /// The bits of a header that hold its ``sequence``.
  static let sequenceBits: UInt64 = 0xFFFF_0000

  package static func header(
    _ kind: FieldKind, _ type: FieldValueType, sequence: UInt16, key: Int, value: Int
  ) -> UInt64 {
    UInt64(kind.rawValue) | UInt64(type.rawValue) << 8 | UInt64(sequence) << 16 | UInt64(UInt16(key)) << 32
      | UInt64(UInt16(value)) << 48
  }
}

/// The fields in a piece of contiguous memory, in the order in which they lie, dead ones left out.
///
/// Reading stops at the first field that is not whole: what comes from a file is never trusted.
///
/// Public, with its field, although no product has this module: what is `package` is never inlined into another module, and
/// a call for each field made encoding a span a sixth slower.
@safe
public struct RecordFields: Sequence, IteratorProtocol {
  @usableFromInline let bytes: UnsafeRawBufferPointer
  @usableFromInline var offset = 0

  /// The fields in these bytes, which outlive this.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = bytes
  }

  /// Whether everything up to the end was whole.
  package var isComplete: Bool { unsafe offset == bytes.count }

  /// Whether all of these fields are whole.
  package var isWhole: Bool {
    var fields = self
    while fields.next() != nil {}
    return fields.isComplete
  }

  /// The next one; nil at the end, or where one is not whole.
  @inlinable
  @inline(__always)
  public mutating func next() -> RecordField? {
    while unsafe offset + RecordField.headerSize <= bytes.count {
      let header = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let keyLength = Int(truncatingIfNeeded: header >> 32 & 0xFFFF)
      let valueLength = Int(truncatingIfNeeded: header >> 48)
      let size = RecordField.size(key: keyLength, value: valueLength)
      guard
        unsafe offset + size <= bytes.count,
        let kind = FieldKind(rawValue: UInt8(truncatingIfNeeded: header)),
        let type = FieldValueType(rawValue: UInt8(truncatingIfNeeded: header >> 8))
      else { return nil }
      let start = offset + RecordField.headerSize
      offset += size
      guard kind != .dead else { continue }
      return unsafe RecordField(
        kind, type, sequence: UInt16(truncatingIfNeeded: header >> 16),
        key: UnsafeRawBufferPointer(rebasing: bytes[start..<start + keyLength]),
        value: UnsafeRawBufferPointer(rebasing: bytes[start + keyLength..<start + keyLength + valueLength]))
    }
    return nil
  }
}

extension RecordField {
  /// The fields in an event's or a link's value, after its fixed part.
  package func nestedFields(after prefix: Int) -> RecordFields {
    guard unsafe value.count >= prefix else { return unsafe RecordFields(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return unsafe RecordFields(UnsafeRawBufferPointer(rebasing: value[prefix...]))
  }

  /// The `index`-th 8 bytes of the value as an integer; 0 where the value is shorter.
  package func word(_ index: Int) -> UInt64 {
    guard unsafe value.count >= (index + 1) * 8 else { return 0 }
    return unsafe UInt64(littleEndian: value.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
  }

  /// The key as text; what is not UTF-8 becomes U+FFFD.
  package var keyText: String { unsafe String(decoding: key, as: UTF8.self) }

  /// The strings of a ``FieldValueType/stringArray``, as far as they are whole.
  package var texts: [String] {
    var result: [String] = []
    var offset = 0
    while unsafe offset + 4 <= value.count {
      let length = unsafe Int(UInt32(littleEndian: value.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      offset += 4
      guard unsafe length <= value.count - offset else { break }
      unsafe result.append(String(decoding: value[offset..<offset + length], as: UTF8.self))
      offset += length
    }
    return result
  }
}
