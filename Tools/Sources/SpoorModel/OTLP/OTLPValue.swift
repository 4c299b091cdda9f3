// SPDX-License-Identifier: Apache-2.0

/// The value of an attribute or the body of a log record, with its type.
public enum OTLPValue: Sendable, Hashable {
  /// No value at all.
  case empty
  /// Text.
  case string(String)
  /// True or false.
  case bool(Bool)
  /// A whole number.
  case int(Int64)
  /// A number with a fraction.
  case double(Double)
  /// Bytes.
  case bytes([UInt8])
  /// A list, whose elements may be of different types.
  case array([OTLPValue])
  /// Keys and values; of equal keys the last counts.
  case map([OTLPAttribute])

  /// The deepest nesting of arrays and maps; a deeper value is refused.
  static let maximumDepth = 64

  /// The value as Zipkin's tags have it: text as it is, arrays and maps as JSON, bytes in base64.
  ///
  /// These are the rules of "OpenTelemetry to Zipkin Transformation", which the library's own Zipkin exporter follows.
  public var text: String {
    switch self {
    case .empty: return ""
    case .string(let text): return text
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return String(value)
    case .double(let value): return Self.text(value)
    case .bytes(let bytes): return Base64.text(bytes)
    case .array, .map:
      var writer = JSONWriter()
      write(to: &writer)
      return String(decoding: writer.bytes, as: UTF8.self)
    }
  }

  /// Writes the value as plain JSON: bytes in base64, and a number that JSON cannot represent as text.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .empty: writer.null()
    case .bool(let value): writer.bool(value)
    case .int(let value): writer.number(value)
    case .double(let value) where value.isFinite: writer.number(value)
    case .string, .double, .bytes: writer.string(text)
    case .array(let values): writer.array { writer in for value in values { value.write(to: &writer) } }
    case .map(let members): Self.write(members, to: &writer)
    }
  }

  /// Writes attributes as one JSON object; of equal keys the last counts.
  package static func write(_ attributes: [OTLPAttribute], to writer: inout JSONWriter) {
    writer.object { writer in
      for attribute in OTLPAttribute.unique(attributes) {
        writer.key(attribute.key)
        attribute.value.write(to: &writer)
      }
    }
  }

  private static func text(_ value: Double) -> String {
    if value.isFinite { return value.description }
    return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  }
}

/// A key and its value.
public struct OTLPAttribute: Sendable, Hashable {
  /// The name.
  public let key: String
  /// The value.
  public let value: OTLPValue

  /// An attribute.
  public init(key: String, value: OTLPValue) {
    self.key = key
    self.value = value
  }

  /// The attributes without those that a later one with the same key replaces, in order.
  package static func unique(_ attributes: [OTLPAttribute]) -> [OTLPAttribute] {
    guard attributes.count > 1 else { return attributes }
    var last: [String: Int] = [:]
    for (index, attribute) in attributes.enumerated() { last[attribute.key] = index }
    if last.count == attributes.count { return attributes }
    return attributes.enumerated().filter { last[$0.element.key] == $0.offset }.map(\.element)
  }
}

// MARK: Reading

extension OTLPValue {
  /// Reads a message `AnyValue`; of several values the last counts.
  init(_ reader: inout ProtoReader, depth: Int = 0) throws(SpanError) {
    guard depth < Self.maximumDepth else { throw SpanError("a value is nested deeper than \(Self.maximumDepth)") }
    self = .empty
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): self = .string(try reader.string())
      case (2, .varint): self = .bool(try reader.varint() != 0)
      case (3, .varint): self = .int(Int64(bitPattern: try reader.varint()))
      case (4, .fixed64): self = .double(Double(bitPattern: try reader.fixed64()))
      case (5, .lengthDelimited):
        var values: [OTLPValue] = []
        try reader.message { reader throws(SpanError) in
          while let (number, type) = try reader.nextField() {
            guard number == 1, type == .lengthDelimited else {
              try reader.skip(type)
              continue
            }
            var value = try reader.nested()
            values.append(try OTLPValue(&value, depth: depth + 1))
          }
        }
        self = .array(values)
      case (6, .lengthDelimited):
        var members: [OTLPAttribute] = []
        try reader.message { reader throws(SpanError) in
          while let (number, type) = try reader.nextField() {
            guard number == 1, type == .lengthDelimited else {
              try reader.skip(type)
              continue
            }
            members.append(try OTLPAttribute(&reader, depth: depth + 1))
          }
        }
        self = .map(members)
      case (7, .lengthDelimited): self = .bytes(Array(try reader.slice()))
      default: try reader.skip(type)
      }
    }
  }
}

extension OTLPAttribute {
  /// Reads the message `KeyValue` that comes next.
  init(_ reader: inout ProtoReader, depth: Int = 0) throws(SpanError) {
    var message = try reader.nested()
    var key = ""
    var value = OTLPValue.empty
    while let (number, type) = try message.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): key = try message.string()
      case (2, .lengthDelimited):
        var inner = try message.nested()
        value = try OTLPValue(&inner, depth: depth)
      default: try message.skip(type)
      }
    }
    self.init(key: key, value: value)
  }
}
