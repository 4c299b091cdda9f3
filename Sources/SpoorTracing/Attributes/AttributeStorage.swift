// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
internal import Tracing

/// The attributes of a span, read in their dictionary's memory. The API does not report which attribute was set, so all
/// of them are compared each time one is set.
///
/// Used only if ``isReadable`` is true, except ``withPlain(_:_:)``.
@safe
struct AttributeStorage {
  /// A cached copy, because reading another module's property takes a call.
  static let isReadable = SpanAttributesMemory.isReadable

  private let memory: DictionaryMemory<SpanAttribute>

  /// The caller keeps the attributes alive and unchanged while this is in use.
  @inline(__always)
  init(of attributes: borrowing SpanAttributes) { memory = SpanAttributesMemory.entries(of: attributes) }

  @inline(__always)
  var count: Int { memory.count }

  @inline(__always)
  var bucketCount: Int { memory.bucketCount }

  /// The buckets with an attribute among 64, as bits. Zero after the last bucket.
  @inline(__always)
  func occupied(inWord index: Int) -> UInt { memory.occupied(inWord: index) }

  /// Calls `body` with each key and value in the dictionary's order, and the number of their bucket.
  @inline(__always)
  func forEach(_ body: (_ bucket: Int, _ key: UnsafePointer<String>, _ value: UnsafePointer<SpanAttribute>) -> Void) {
    unsafe memory.forEach(body)
  }

  /// The key and the value in a bucket.
  @inline(__always)
  func entry(_ bucket: Int) -> (key: UnsafePointer<String>, value: UnsafePointer<SpanAttribute>) {
    unsafe memory.entry(bucket)
  }

  /// Removes all attributes and keeps the memory for others. Returns false, with nothing changed, if the memory is
  /// shared, has room for more than `capacity` attributes, or cannot be read.
  @inline(__always)
  static func empty(_ attributes: inout SpanAttributes, upTo capacity: Int) -> Bool {
    isReadable && SpanAttributesMemory.removeAll(from: &attributes, upTo: capacity)
  }

  /// Calls `body` with the type and the bytes of a value that is written unchanged if nothing is redacted. Returns nil
  /// for other values.
  @inline(__always)
  static func withPlain<Result>(
    _ value: UnsafePointer<SpanAttribute>, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard isReadable else { return unsafe withPlain(copy: value.pointee, body) }
    return unsafe SpoorBase.withBits(of: value) { bits in
      switch unsafe bits.move() {
      case .string(let text):
        defer { unsafe bits.initialize(to: .string(text)) }
        return unsafe withBytes(of: text) { unsafe body(.string, $0) }
      case .int64(let number): return unsafe withUnsafeBytes(of: number.littleEndian) { unsafe body(.int64, $0) }
      case .bool(let flag): return unsafe withUnsafeBytes(of: flag) { unsafe body(.bool, $0) }
      case .double(let number):
        return unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe body(.double, $0) }
      case .int32(let number):
        return unsafe withUnsafeBytes(of: Int64(number).littleEndian) { unsafe body(.int64, $0) }
      case let other:
        unsafe bits.initialize(to: other)
        return nil
      }
    }
  }

  /// Calls `body` with a copy of a value, for values whose bits cannot be read in place.
  @inline(never)
  private static func withPlain<Result>(
    copy value: SpanAttribute, _ body: (FieldValueType, UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    switch value {
    case .string(let text): unsafe withBytes(of: text) { unsafe body(.string, $0) }
    case .int64(let number): unsafe withUnsafeBytes(of: number.littleEndian) { unsafe body(.int64, $0) }
    case .bool(let flag): unsafe withUnsafeBytes(of: flag) { unsafe body(.bool, $0) }
    case .double(let number):
      unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe body(.double, $0) }
    case .int32(let number): unsafe withUnsafeBytes(of: Int64(number).littleEndian) { unsafe body(.int64, $0) }
    default: nil
    }
  }
}
