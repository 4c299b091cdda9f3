// SPDX-License-Identifier: Apache-2.0

/// An external JSON object, re-encoded as one line of valid JSON.
///
/// It accepts JSON's grammar, and in strings also raw control characters, which are escaped, and invalid UTF-8, which
/// becomes U+FFFD. Half a surrogate pair becomes U+FFFD. A number beyond the range of a 64-bit float becomes a string,
/// because many readers would refuse the whole document. Anything else, and nesting deeper than ``maximumDepth``, is
/// refused.
public struct JSONObjectText: Sendable, Hashable {
  /// The maximum nesting depth of objects and arrays.
  public static let maximumDepth = 64

  /// The object's text.
  public let bytes: [UInt8]
  /// The top-level members that are not objects, arrays or null, as text. The last one of equal keys counts.
  public let fields: [String: String]

  /// Reads bytes that contain exactly one object; `nil` for anything else.
  public init?(_ bytes: [UInt8]) {
    var reader = JSONReader(bytes)
    var writer = JSONWriter()
    var fields: [String: String] = [:]
    do throws(SpanError) {
      guard reader.peek() == UInt8(ascii: "{") else { return nil }
      try Self.copyObject(&reader, to: &writer, depth: 0) { fields[$0] = $1 }
      guard reader.isAtEnd() else { return nil }
    } catch {
      return nil
    }
    self.bytes = writer.bytes
    self.fields = fields
  }

  private typealias Note = (_ key: String, _ value: String) -> Void

  private static func copyObject(
    _ reader: inout JSONReader, to writer: inout JSONWriter, depth: Int, note: Note?
  ) throws(SpanError) {
    guard depth < maximumDepth else { throw reader.malformed() }
    try writer.object { writer throws(SpanError) in
      var first = true
      while let key = try reader.nextKey(first: &first) {
        writer.key(key)
        try copyValue(&reader, to: &writer, depth: depth + 1) { note?(key, $0) }
      }
    }
  }

  private static func copyValue(
    _ reader: inout JSONReader, to writer: inout JSONWriter, depth: Int, scalar: (String) -> Void
  ) throws(SpanError) {
    switch reader.peek() {
    case UInt8(ascii: "{"): try copyObject(&reader, to: &writer, depth: depth, note: nil)
    case UInt8(ascii: "["):
      guard depth < maximumDepth else { throw reader.malformed() }
      try writer.array { writer throws(SpanError) in
        var first = true
        while try reader.nextElement(first: &first) {
          try copyValue(&reader, to: &writer, depth: depth + 1) { _ in }
        }
      }
    case UInt8(ascii: "\""):
      let text = try reader.string()
      writer.string(text)
      scalar(text)
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      let value = try reader.bool()
      writer.bool(value)
      scalar(value ? "true" : "false")
    case UInt8(ascii: "n"):
      guard try reader.takeNull() else { throw reader.malformed() }
      writer.null()
    default:
      let digits = try reader.strictNumber()
      let text = String(decoding: digits, as: UTF8.self)
      if Double(text)?.isFinite == true { writer.raw(digits) } else { writer.string(text) }
      scalar(text)
    }
  }
}
