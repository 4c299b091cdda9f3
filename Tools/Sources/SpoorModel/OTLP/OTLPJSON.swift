// SPDX-License-Identifier: Apache-2.0

/// Converts between OTLP's two encodings, message by message.
///
/// JSON is read leniently, as senders differ: names in lowerCamelCase or snake_case, 64-bit numbers as text or as
/// numbers, enumerations as numbers or names, `null` for what is absent. Unknown fields are skipped. Nesting is
/// bounded, and the result is never longer than the JSON by more than a few bytes.
enum OTLPJSON {
  /// The deepest nesting of messages.
  static let maximumDepth = 200

  /// The protobuf encoding of one JSON object.
  /// - Throws: ``SpanError`` for what is not JSON, or not of the schema's types.
  static func proto(_ json: [UInt8], _ schema: OTLPSchema) throws(SpanError) -> [UInt8] {
    var reader = JSONReader(json)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(json.count / 2, 1 << 20))
    guard reader.peek() == UInt8(ascii: "{") else { throw SpanError("Expected a JSON object") }
    try append(&reader, schema, to: &bytes, depth: 0)
    guard reader.isAtEnd() else { throw reader.malformed() }
    return bytes
  }

  /// Appends the fields of the JSON object that comes next.
  static func append(
    _ reader: inout JSONReader, _ schema: OTLPSchema, to bytes: inout [UInt8], depth: Int
  ) throws(SpanError) {
    guard depth < maximumDepth else { throw SpanError("Values are nested too deep") }
    var first = true
    while let key = try reader.nextKey(first: &first) {
      guard let field = schema.field(key) else {
        try reader.skip()
        continue
      }
      if try reader.takeNull() { continue }
      do throws(SpanError) {
        guard field.isRepeated else {
          try append(field, &reader, to: &bytes, depth)
          continue
        }
        var firstElement = true
        while try reader.nextElement(first: &firstElement) {
          if try reader.takeNull() {
            // An element without content keeps the places of the others.
            ProtoWriter.append([], field: field.number, to: &bytes)
          } else {
            try append(field, &reader, to: &bytes, depth)
          }
        }
      } catch {
        // The innermost field is named, once.
        throw error.description.contains(" at ") ? error : SpanError("\(error.description) at \(field.name)")
      }
    }
  }

  private static func append(
    _ field: OTLPSchema.Field, _ reader: inout JSONReader, to bytes: inout [UInt8], _ depth: Int
  ) throws(SpanError) {
    func tag(_ type: ProtoReader.WireType) {
      ProtoWriter.appendVarint(UInt64(field.number) << 3 | UInt64(type.rawValue), to: &bytes)
    }
    switch field.type {
    case .string: ProtoWriter.append(try reader.stringBytes(), field: field.number, to: &bytes)
    case .identifier: ProtoWriter.append(identifier(try reader.stringBytes()), field: field.number, to: &bytes)
    case .bytes:
      guard let content = Base64.bytes(try reader.stringBytes()) else { throw SpanError("Expected base64") }
      ProtoWriter.append(content, field: field.number, to: &bytes)
    case .bool:
      let value = try reader.bool()
      tag(.varint)
      bytes.append(value ? 1 : 0)
    case .int64, .uint32:
      let value = try number(&reader)
      tag(.varint)
      ProtoWriter.appendVarint(value, to: &bytes)
    case .enumeration(let names):
      let value = try enumeration(&reader, names)
      tag(.varint)
      ProtoWriter.appendVarint(value, to: &bytes)
    case .fixed64:
      let value = try number(&reader)
      tag(.fixed64)
      ProtoWriter.appendFixed64(value, to: &bytes)
    case .double:
      let value = try double(&reader)
      tag(.fixed64)
      ProtoWriter.appendFixed64(value.bitPattern, to: &bytes)
    case .fixed32:
      let value = try number(&reader)
      ProtoWriter.appendVarint(UInt64(field.number) << 3 | 5, to: &bytes)
      ProtoWriter.appendFixed32(UInt32(truncatingIfNeeded: value), to: &bytes)
    case .message(let schema):
      guard reader.peek() == UInt8(ascii: "{") else { throw SpanError("Expected a JSON object") }
      try ProtoWriter.appendMessage(field: field.number, to: &bytes) { bytes throws(SpanError) in
        try append(&reader, schema(), to: &bytes, depth: depth + 1)
      }
    }
  }

  /// The bytes of hexadecimal digits in either case. Other text becomes one byte, which is no identifier's length, so
  /// that it costs its record only.
  private static func identifier(_ digits: ArraySlice<UInt8>) -> [UInt8] {
    guard digits.count % 2 == 0 else { return [0] }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var index = digits.startIndex
    while index < digits.endIndex {
      guard let high = HexID.anyCaseDigit(digits[index]), let low = HexID.anyCaseDigit(digits[index + 1]) else {
        return [0]
      }
      bytes.append(UInt8(high << 4 | low))
      index += 2
    }
    return bytes
  }

  /// A whole number of 64 bits, with or without a sign, as a number or as text.
  private static func number(_ reader: inout JSONReader) throws(SpanError) -> UInt64 {
    let mark = reader.position
    do throws(SpanError) {
      return UInt64(bitPattern: try reader.int64())
    } catch {
      reader.rewind(to: mark)
      guard let value = UInt64(try reader.string()) else { throw error }
      return value
    }
  }

  private static func enumeration(_ reader: inout JSONReader, _ names: [String]) throws(SpanError) -> UInt64 {
    let mark = reader.position
    if reader.peek() == UInt8(ascii: "\"") {
      let text = try reader.string()
      if let value = names.firstIndex(of: text) { return UInt64(value) }
      // A name that a later version of the protocol has.
      guard let first = text.utf8.first, (0x30...0x39).contains(first) else { return 0 }
      reader.rewind(to: mark)
    }
    return try number(&reader)
  }

  private static func double(_ reader: inout JSONReader) throws(SpanError) -> Double {
    let text = try reader.string()
    switch text {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default:
      guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
        let value = Double(text)
      else { throw SpanError("Expected a number but was \(text.prefix(64))") }
      return value
    }
  }

  // MARK: Writing

  /// Writes a message as a JSON object. Fields that the schema does not have are left out.
  /// - Throws: ``SpanError`` for bytes that are no message; the object is incomplete then.
  static func write(
    _ message: ProtoReader, _ schema: OTLPSchema, to writer: inout JSONWriter, depth: Int = 0
  ) throws(SpanError) {
    guard depth < maximumDepth else { throw message.malformed() }
    let found = try values(message, schema)
    try writer.object { writer throws(SpanError) in
      for (field, values) in zip(schema.fields, found) where !values.isEmpty {
        writer.key(field.name)
        if field.isRepeated {
          try writer.array { writer throws(SpanError) in
            for value in values { try write(value, field.type, message, to: &writer, depth) }
          }
        } else if let value = values.last {
          try write(value, field.type, message, to: &writer, depth)
        }
      }
    }
  }

  /// A value on the wire: a number, or where its bytes are.
  private enum WireValue {
    case number(UInt64)
    case range(Range<Int>)
  }

  private static func values(_ message: ProtoReader, _ schema: OTLPSchema) throws(SpanError) -> [[WireValue]] {
    var reader = message
    var found = [[WireValue]](repeating: [], count: schema.fields.count)
    while let (number, type) = try reader.nextField() {
      guard let place = schema.fields.firstIndex(where: { UInt64($0.number) == number && $0.type.wireType == type })
      else {
        try reader.skip(type)
        continue
      }
      switch type {
      case .varint: found[place].append(.number(try reader.varint()))
      case .fixed64: found[place].append(.number(try reader.fixed64()))
      case .fixed32: found[place].append(.number(UInt64(try reader.fixed32())))
      case .lengthDelimited: found[place].append(.range(try reader.nested().rest))
      }
    }
    return found
  }

  private static func write(
    _ value: WireValue, _ type: OTLPSchema.FieldType, _ message: ProtoReader, to writer: inout JSONWriter, _ depth: Int
  ) throws(SpanError) {
    switch (type, value) {
    case (.string, .range(let range)): writer.string(String(decoding: message.bytes[range], as: UTF8.self))
    case (.bytes, .range(let range)): writer.string(Base64.text(message.bytes[range]))
    case (.identifier, .range(let range)): writer.string(hex(message.bytes[range]))
    case (.message(let schema), .range(let range)):
      try write(message.within(range), schema(), to: &writer, depth: depth + 1)
    case (.bool, .number(let value)): writer.bool(value != 0)
    case (.int64, .number(let value)): writer.string(String(Int64(bitPattern: value)))
    case (.fixed64, .number(let value)): writer.string(String(value))
    case (.double, .number(let bits)): OTLPValue.double(Double(bitPattern: bits)).write(to: &writer)
    case (.uint32, .number(let value)), (.fixed32, .number(let value)):
      writer.number(UInt32(truncatingIfNeeded: value))
    case (.enumeration, .number(let value)): writer.number(Int32(truncatingIfNeeded: value))
    default: throw message.malformed()
    }
  }

  private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}

extension OTLPContent {
  /// Writes `{"span":…,"resource":…,"scope":…}` with OTLP's JSON; nothing but `{}` for bytes that cannot be read.
  package func write(to writer: inout JSONWriter) {
    var members = JSONWriter()
    do throws(SpanError) {
      try members.object { members throws(SpanError) in
        for (key, bytes, schema) in [
          ("span" as StaticString, bytes, OTLPSchema.span), ("resource", origin.resourceBytes, .resource),
          ("scope", origin.scopeBytes, .scope),
        ] {
          members.key(key)
          try OTLPJSON.write(ProtoReader(Array(bytes), content: "OTLP"), schema, to: &members)
        }
      }
      writer.raw(members.bytes)
    } catch {
      writer.object { _ in }
    }
  }

  /// Reads what ``write(to:)`` writes.
  init(_ reader: inout JSONReader) throws(SpanError) {
    var (span, resource, scope) = ([UInt8](), [UInt8](), [UInt8]())
    var first = true
    while let key = try reader.nextKey(first: &first) {
      switch key {
      case "span": try OTLPJSON.append(&reader, .span, to: &span, depth: 0)
      case "resource": try OTLPJSON.append(&reader, .resource, to: &resource, depth: 0)
      case "scope": try OTLPJSON.append(&reader, .scope, to: &scope, depth: 0)
      default: try reader.skip()
      }
    }
    self.init(
      body: span, range: 0..<span.count, origin: try OTLPOrigin(resource: resource[...], scope: scope[...]))
  }
}
