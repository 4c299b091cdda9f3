// SPDX-License-Identifier: Apache-2.0

/// The messages of `opentelemetry-proto` that are read here: field numbers, JSON names and types, for the conversion
/// between both encodings.
final class OTLPSchema: Sendable {
  enum FieldType: Sendable {
    case string
    /// Bytes that JSON has as hexadecimal digits.
    case identifier
    /// Bytes that JSON has in base64.
    case bytes
    case bool
    /// A 64-bit number, as text in JSON.
    case int64
    case fixed64
    case fixed32
    case uint32
    case double
    /// A number in JSON, or a name of this list, which begins with 0.
    case enumeration([String])
    case message(@Sendable () -> OTLPSchema)

    var wireType: ProtoReader.WireType {
      switch self {
      case .string, .identifier, .bytes, .message: .lengthDelimited
      case .bool, .int64, .uint32, .enumeration: .varint
      case .fixed64, .double: .fixed64
      case .fixed32: .fixed32
      }
    }
  }

  struct Field: Sendable {
    let number: UInt8
    /// The name in JSON, lowerCamelCase.
    let name: StaticString
    let type: FieldType
    let isRepeated: Bool

    init(_ number: UInt8, _ name: StaticString, _ type: FieldType, isRepeated: Bool = false) {
      (self.number, self.name, self.type, self.isRepeated) = (number, name, type, isRepeated)
    }
  }

  /// In the order in which JSON has them.
  let fields: [Field]
  private let places: [String: Int]

  /// Fields are found by their names in JSON and in the schema (`traceId`, `trace_id`).
  init(_ fields: Field...) {
    self.fields = fields
    var places: [String: Int] = [:]
    for (place, field) in fields.enumerated() {
      let name = field.name.description
      places[name] = place
      places[Self.snakeCase(name)] = place
    }
    self.places = places
  }

  func field(_ name: String) -> Field? { places[name].map { fields[$0] } }

  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }

  // MARK: The messages

  static let anyValue: OTLPSchema = OTLPSchema(
    Field(1, "stringValue", .string), Field(2, "boolValue", .bool), Field(3, "intValue", .int64),
    Field(4, "doubleValue", .double), Field(5, "arrayValue", .message { arrayValue }),
    Field(6, "kvlistValue", .message { keyValueList }), Field(7, "bytesValue", .bytes))
  static let arrayValue: OTLPSchema = OTLPSchema(Field(1, "values", .message { anyValue }, isRepeated: true))
  static let keyValueList: OTLPSchema = OTLPSchema(Field(1, "values", .message { keyValue }, isRepeated: true))
  static let keyValue: OTLPSchema = OTLPSchema(Field(1, "key", .string), Field(2, "value", .message { anyValue }))
  static let resource: OTLPSchema = OTLPSchema(
    Field(1, "attributes", .message { keyValue }, isRepeated: true), Field(2, "droppedAttributesCount", .uint32))
  static let scope: OTLPSchema = OTLPSchema(
    Field(1, "name", .string), Field(2, "version", .string),
    Field(3, "attributes", .message { keyValue }, isRepeated: true), Field(4, "droppedAttributesCount", .uint32))

  static let traces: OTLPSchema = OTLPSchema(Field(1, "resourceSpans", .message { resourceSpans }, isRepeated: true))
  static let resourceSpans: OTLPSchema = OTLPSchema(
    Field(1, "resource", .message { resource }), Field(2, "scopeSpans", .message { scopeSpans }, isRepeated: true),
    Field(3, "schemaUrl", .string))
  static let scopeSpans: OTLPSchema = OTLPSchema(
    Field(1, "scope", .message { scope }), Field(2, "spans", .message { span }, isRepeated: true),
    Field(3, "schemaUrl", .string))
  static let span: OTLPSchema = OTLPSchema(
    Field(1, "traceId", .identifier), Field(2, "spanId", .identifier), Field(3, "traceState", .string),
    Field(4, "parentSpanId", .identifier), Field(16, "flags", .fixed32), Field(5, "name", .string),
    Field(
      6, "kind",
      .enumeration(["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map { "SPAN_KIND_\($0)" })),
    Field(7, "startTimeUnixNano", .fixed64), Field(8, "endTimeUnixNano", .fixed64),
    Field(9, "attributes", .message { keyValue }, isRepeated: true), Field(10, "droppedAttributesCount", .uint32),
    Field(11, "events", .message { event }, isRepeated: true), Field(12, "droppedEventsCount", .uint32),
    Field(13, "links", .message { link }, isRepeated: true), Field(14, "droppedLinksCount", .uint32),
    Field(15, "status", .message { status }))
  static let event: OTLPSchema = OTLPSchema(
    Field(1, "timeUnixNano", .fixed64), Field(2, "name", .string),
    Field(3, "attributes", .message { keyValue }, isRepeated: true), Field(4, "droppedAttributesCount", .uint32))
  static let link: OTLPSchema = OTLPSchema(
    Field(1, "traceId", .identifier), Field(2, "spanId", .identifier), Field(3, "traceState", .string),
    Field(4, "attributes", .message { keyValue }, isRepeated: true), Field(5, "droppedAttributesCount", .uint32),
    Field(6, "flags", .fixed32))
  static let status: OTLPSchema = OTLPSchema(
    Field(2, "message", .string),
    Field(3, "code", .enumeration(["UNSET", "OK", "ERROR"].map { "STATUS_CODE_\($0)" })))

  static let logs: OTLPSchema = OTLPSchema(Field(1, "resourceLogs", .message { resourceLogs }, isRepeated: true))
  static let resourceLogs: OTLPSchema = OTLPSchema(
    Field(1, "resource", .message { resource }), Field(2, "scopeLogs", .message { scopeLogs }, isRepeated: true),
    Field(3, "schemaUrl", .string))
  static let scopeLogs: OTLPSchema = OTLPSchema(
    Field(1, "scope", .message { scope }), Field(2, "logRecords", .message { logRecord }, isRepeated: true),
    Field(3, "schemaUrl", .string))
  static let logRecord: OTLPSchema = OTLPSchema(
    Field(1, "timeUnixNano", .fixed64), Field(11, "observedTimeUnixNano", .fixed64),
    Field(2, "severityNumber", .enumeration(severities)), Field(3, "severityText", .string),
    Field(5, "body", .message { anyValue }), Field(6, "attributes", .message { keyValue }, isRepeated: true),
    Field(7, "droppedAttributesCount", .uint32), Field(8, "flags", .fixed32), Field(9, "traceId", .identifier),
    Field(10, "spanId", .identifier), Field(12, "eventName", .string))

  private static let severities =
    ["SEVERITY_NUMBER_UNSPECIFIED"]
    + ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap { name in
      ["", "2", "3", "4"].map { "SEVERITY_NUMBER_\(name)\($0)" }
    }
}
