// SPDX-License-Identifier: Apache-2.0

/// Reads the protocol buffers wire format from bytes, within nested bounds.
struct ProtoReader {
  let bytes: [UInt8]
  private(set) var position: Int
  private(set) var end: Int
  /// What is read, for errors.
  private let content: StaticString

  init(_ bytes: [UInt8], content: StaticString = "List<Span> from proto3") {
    self.bytes = bytes
    self.position = 0
    self.end = bytes.count
    self.content = content
  }

  /// The encoding of a field's value.
  enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// A field's number and the encoding of its value; `nil` at the end of the message.
  mutating func nextField() throws(SpanError) -> (number: UInt64, type: WireType)? {
    guard position < end else { return nil }
    let key = try varint()
    // Groups (3 and 4) belong to proto2; 6 and 7 do not exist.
    guard key >> 3 != 0, let type = WireType(rawValue: UInt8(key & 7)) else { throw malformed() }
    return (key >> 3, type)
  }

  /// A variable-length number.
  mutating func varint() throws(SpanError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw malformed()
  }

  /// Eight bytes, the least significant first.
  mutating func fixed64() throws(SpanError) -> UInt64 {
    guard end - position >= 8 else { throw malformed() }
    var value: UInt64 = 0
    for offset in 0..<8 { value |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
    position += 8
    return value
  }

  /// Four bytes, the least significant first.
  mutating func fixed32() throws(SpanError) -> UInt32 {
    guard end - position >= 4 else { throw malformed() }
    var value: UInt32 = 0
    for offset in 0..<4 { value |= UInt32(bytes[position + offset]) << UInt32(8 * offset) }
    position += 4
    return value
  }

  /// The bytes of a length-delimited field.
  mutating func slice() throws(SpanError) -> ArraySlice<UInt8> {
    let length = try varint()
    guard length <= UInt64(end - position) else {
      throw SpanError("Truncated: length \(length) > bytes available \(end - position) reading \(content)")
    }
    let start = position
    position += Int(length)
    return bytes[start..<position]
  }

  /// The text of a length-delimited field.
  mutating func string() throws(SpanError) -> String {
    String(decoding: try slice(), as: UTF8.self)
  }

  /// A reader of the next length-delimited message, which ends with the message. This reader moves past the message.
  mutating func nested() throws(SpanError) -> ProtoReader {
    let content = try slice()
    var inner = self
    inner.position = content.startIndex
    inner.end = content.endIndex
    return inner
  }

  /// A reader of some of the bytes, which must be a range of ``bytes``.
  func within(_ range: Range<Int>) -> ProtoReader {
    var inner = self
    inner.position = range.lowerBound
    inner.end = range.upperBound
    return inner
  }

  /// The range that is not read yet.
  var rest: Range<Int> { position..<end }

  /// Reads the fields of the length-delimited message that comes next with `read`.
  mutating func message(_ read: (inout ProtoReader) throws(SpanError) -> Void) throws(SpanError) {
    var inner = try nested()
    try read(&inner)
  }

  /// Skips the value of a field.
  mutating func skip(_ type: WireType) throws(SpanError) {
    switch type {
    case .varint: _ = try varint()
    case .fixed64: _ = try fixed64()
    case .lengthDelimited: _ = try slice()
    case .fixed32: _ = try fixed32()
    }
  }

  func malformed() -> SpanError { SpanError("Malformed reading \(content)") }
}
