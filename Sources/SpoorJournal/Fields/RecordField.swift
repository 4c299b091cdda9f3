// SPDX-License-Identifier: Apache-2.0

/// The kind of a field of a span. The raw values are part of the file format.
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
  /// The place where the span was started: UTF-8 `function file:line`.
  case origin = 6
}

/// The type of a field's value. The raw values are part of the file format.
public enum FieldValueType: UInt8, Sendable {
  /// UTF-8 text.
  case string = 0
  /// One `Int64`.
  case int64 = 1
  /// One `Double`.
  case double = 2
  /// One byte, 0 or 1.
  case bool = 3
  /// A sequence of `Int64`.
  case int64Array = 4
  /// A sequence of `Double`.
  case doubleArray = 5
  /// A sequence of bytes, 0 or 1 each.
  case boolArray = 6
  /// For each string its length in bytes as `UInt32`, then its bytes.
  case stringArray = 7
  /// Return addresses, `UInt64` each, innermost first: an unresolved stack.
  case addresses = 8
  /// The structure of the field's kind (event, link, status).
  case structure = 9
}

/// OpenTelemetry's status codes. The raw values are part of the file format.
package enum StatusCode: UInt8, Sendable {
  case unset = 0
  case ok = 1
  case error = 2
}

/// One field of a record: an 8-byte header, the key, the value, zeros up to a multiple of 8.
///
/// The header is `kind` 1, `type` 1, `sequence` 2, `keyLength` 2, `valueLength` 2 bytes, and aligned, so that one store
/// publishes, kills or splits a field. A reader never sees a partial one.
@safe
public struct RecordField {
  /// The kind of the field.
  public let kind: FieldKind
  /// The type of ``value``.
  public let type: FieldValueType
  /// Its position in the order in which the fields of the span were written; wraps around.
  public let sequence: UInt16
  /// The key as UTF-8. Valid as long as the record that it came from.
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

  /// Whether its sequence number is `sequence` or later.
  package func isWritten(since sequence: UInt16) -> Bool { Self.isWritten(self.sequence, since: sequence) }

  static func isWritten(_ own: UInt16, since sequence: UInt16) -> Bool { Int16(bitPattern: own &- sequence) >= 0 }

  /// The number of bytes before the key.
  @inlinable public static var headerSize: Int { 8 }
  package static let maximumLength = 65_535

  /// The size of a field in bytes, header and padding included.
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

/// The fields in contiguous memory, in stored order, without dead ones.
///
/// Reading stops at the first field that is not whole, because content of a file is never trusted.
///
/// It and ``RecordField`` are public although no product contains this module: `package` functions are never inlined
/// into another module, and a call for each field made encoding a span a sixth slower.
@safe
public struct RecordFields: Sequence, IteratorProtocol {
  @usableFromInline let bytes: UnsafeRawBufferPointer
  @usableFromInline var offset = 0

  /// The fields in these bytes, which must outlive this value.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = bytes
  }

  /// Whether all fields up to the end were whole.
  package var isComplete: Bool { unsafe offset == bytes.count }

  /// Whether all of these fields are whole.
  package var isWhole: Bool {
    var fields = self
    while fields.next() != nil {}
    return fields.isComplete
  }

  /// The next field; nil at the end, or if the next one is not whole.
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

  /// The `index`-th 8 bytes of the value as an integer; 0 if the value is shorter.
  package func word(_ index: Int) -> UInt64 {
    guard unsafe value.count >= (index + 1) * 8 else { return 0 }
    return unsafe UInt64(littleEndian: value.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
  }

  /// The key as text; invalid UTF-8 becomes U+FFFD.
  package var keyText: String { unsafe String(decoding: key, as: UTF8.self) }

  /// The strings of a ``FieldValueType/stringArray``, as far as they are whole.
  package var texts: [String] {
    var result: [String] = []
    unsafe forEachText { unsafe result.append(String(decoding: $0, as: UTF8.self)) }
    return result
  }

  /// Calls `body` with each string of a ``FieldValueType/stringArray``; an incomplete one at the end is ignored.
  package func forEachText(_ body: (UnsafeRawBufferPointer) -> Void) {
    var rest = unsafe value[...]
    while unsafe rest.count >= 4 {
      let length = Int(unsafe UInt32(littleEndian: rest.loadUnaligned(as: UInt32.self)))
      unsafe rest = rest.dropFirst(4)
      guard unsafe length <= rest.count else { return }
      unsafe body(UnsafeRawBufferPointer(rebasing: rest.prefix(length)))
      unsafe rest = rest.dropFirst(length)
    }
  }
}
