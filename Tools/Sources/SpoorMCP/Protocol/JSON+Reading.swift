// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

extension JSON {
  /// The maximum depth of a message.
  static let maximumDepth = 32

  /// Reads one value; `nil` for anything else, and for a value that is deeper.
  init?(_ bytes: [UInt8]) {
    var reader = JSONReader(bytes)
    guard let value = try? Self.value(&reader, depth: 0), reader.isAtEnd() else { return nil }
    self = value
  }

  private static func value(_ reader: inout JSONReader, depth: Int) throws(SpanError) -> JSON {
    guard depth < maximumDepth else { throw SpanError("nested deeper than \(maximumDepth)") }
    switch reader.peek() {
    case UInt8(ascii: "{"):
      var members: [Member] = []
      var isFirst = true
      while let key = try reader.nextKey(first: &isFirst) {
        members.append(Member(key: key, value: try value(&reader, depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var values: [JSON] = []
      var isFirst = true
      while try reader.nextElement(first: &isFirst) { values.append(try value(&reader, depth: depth + 1)) }
      return .array(values)
    case UInt8(ascii: "\""): return .string(try reader.string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.bool())
    case UInt8(ascii: "n"):
      _ = try reader.takeNull()
      return .null
    default:
      let text = String(decoding: try reader.strictNumber(), as: UTF8.self)
      return Int64(text).map { .int($0) } ?? .double(Double(text) ?? .infinity)
    }
  }
}
