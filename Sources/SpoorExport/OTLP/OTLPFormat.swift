// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// How OTLP's messages are written: as protobuf or as JSON (opentelemetry-proto 1.x, "OTLP/HTTP Response" and "JSON
/// Protobuf Encoding" of the OTLP specification). ``OTLPSpanEncoder`` and ``OTLPLogEncoder`` decide what is written, so
/// that both forms have the same content.
///
/// A message is written in the order of its field numbers, and a field with its default value is left out: that is the
/// order and the choice of protobuf's own libraries.
protocol OTLPFormat: Sendable {
  static var contentType: String { get }

  // A span.
  static func openSpan(_ output: inout GrowingBytes) -> Int
  static func ids(_ record: SpanRecord, parent: UInt64, _ output: inout GrowingBytes)
  static func name(_ name: Text, _ output: inout GrowingBytes)
  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes)
  static func times(start: UInt64, end: UInt64, _ output: inout GrowingBytes)
  static func openEvent(_ index: Int, time: UInt64, name: Text, _ output: inout GrowingBytes) -> Int
  static func closeEvent(_ opened: Int, _ output: inout GrowingBytes)
  static func openLink(_ index: Int, _ link: RecordField, _ output: inout GrowingBytes) -> Int
  static func closeLink(_ opened: Int, _ output: inout GrowingBytes)
  static func status(_ code: StatusCode, message: Text, _ output: inout GrowingBytes)
  static func spanFlags(_ flags: UInt32, _ output: inout GrowingBytes)
  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes)

  // A log record.
  static func openLogRecord(_ output: inout GrowingBytes) -> Int
  static func time(_ nanoseconds: UInt64, _ output: inout GrowingBytes)
  static func severity(_ number: UInt8, text: Text, _ output: inout GrowingBytes)
  static func openBody(_ output: inout GrowingBytes) -> Int
  static func closeBody(_ opened: Int, _ output: inout GrowingBytes)
  static func logFlags(_ flags: UInt32, _ output: inout GrowingBytes)
  static func logIDs(traceHigh: UInt64, traceLow: UInt64, span: UInt64, _ output: inout GrowingBytes)
  static func observedTime(_ nanoseconds: UInt64, _ output: inout GrowingBytes)
  static func eventName(_ name: Text, _ output: inout GrowingBytes)
  static func closeLogRecord(_ opened: Int, _ output: inout GrowingBytes)

  // Attributes, and the values in them.
  static func openAttribute(
    _ index: Int, of list: OTLPList, key: Text, _ output: inout GrowingBytes
  ) -> OTLPAttribute
  static func closeAttribute(_ opened: OTLPAttribute, _ output: inout GrowingBytes)
  static func closeAttributes(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes)
  static func dropped(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes)
  static func text(_ value: Text, _ output: inout GrowingBytes)
  static func bool(_ value: Bool, _ output: inout GrowingBytes)
  static func integer(_ value: Int64, _ output: inout GrowingBytes)
  static func double(_ value: Double, _ output: inout GrowingBytes)
  /// JSON's `null`: a value without a kind.
  static func noValue(_ output: inout GrowingBytes)
  /// A list of values, or with `isObject` of pairs.
  static func openValues(isObject: Bool, _ output: inout GrowingBytes) -> OTLPAttribute
  static func openElement(_ index: Int, _ output: inout GrowingBytes) -> Int
  static func closeElement(_ opened: Int, _ output: inout GrowingBytes)
  static func closeValues(_ opened: OTLPAttribute, _ output: inout GrowingBytes)

  // A body.
  /// The `resource` of a part of the body; `attributes` writes its attributes.
  static func resource(_ attributes: (inout GrowingBytes) -> Void) -> [UInt8]
  /// The `scope` of a part of the body.
  static func scope(name: Text, version: Text) -> [UInt8]
  static func frame(
    _ runs: [ResourceRun], _ signal: OTLPSignal, of encoded: borrowing GrowingBytes, into body: inout GrowingBytes)
}

/// The signals, which have bodies of the same structure.
enum OTLPSignal: Sendable { case spans, logs }

/// The lists of attributes, events and links: the field's number in its message, its name in JSON, and where the number
/// of its dropped elements is.
enum OTLPList: Sendable {
  case span, events, links, event, link, logRecord, resource
  /// The pairs of a `KeyValueList`.
  case pairs

  var number: UInt8 {
    switch self {
    case .resource, .pairs: 1
    case .event: 3
    case .link: 4
    case .logRecord: 6
    case .span: 9
    case .events: 11
    case .links: 13
    }
  }
}

/// An attribute that is being written: where it and its value were opened.
struct OTLPAttribute {
  let outer: Int
  let inner: Int
}

extension OTLPFormat {
  /// Writes a field's value.
  ///
  /// - Parameter stackText: the text of a stack.
  static func value(_ field: RecordField, stackText: (RecordField) -> String, _ output: inout GrowingBytes) {
    switch field.type {
    case .string, .structure: text(field.valueUTF8, &output)
    case .bool: bool(unsafe field.value.first == 1, &output)
    case .int64: integer(Int64(bitPattern: field.word(0)), &output)
    case .double: double(Double(bitPattern: field.word(0)), &output)
    case .addresses: Text.with(stackText(field)) { text($0, &output) }
    case .int64Array:
      values(unsafe field.value.count / 8, &output) { integer(Int64(bitPattern: field.word($0)), &$1) }
    case .doubleArray:
      values(unsafe field.value.count / 8, &output) { double(Double(bitPattern: field.word($0)), &$1) }
    case .boolArray:
      values(unsafe field.value.count, &output) { bool(unsafe field.value[$0] == 1, &$1) }
    case .stringArray:
      let opened = openValues(isObject: false, &output)
      var index = 0
      unsafe field.forEachText { piece in
        let element = openElement(index, &output)
        unsafe text(Text(piece), &output)
        closeElement(element, &output)
        index += 1
      }
      closeValues(opened, &output)
    }
  }

  private static func values(
    _ count: Int, _ output: inout GrowingBytes, _ element: (Int, inout GrowingBytes) -> Void
  ) {
    let opened = openValues(isObject: false, &output)
    for index in 0..<count {
      let piece = openElement(index, &output)
      element(index, &output)
      closeElement(piece, &output)
    }
    closeValues(opened, &output)
  }

  /// Writes an attribute with a text.
  static func attribute(
    _ index: Int, of list: OTLPList, _ key: StaticString, _ value: Text, _ output: inout GrowingBytes
  ) {
    let opened = openAttribute(index, of: list, key: Text(key), &output)
    text(value, &output)
    closeAttribute(opened, &output)
  }

  /// A resource with its scope, for bodies of this format.
  static func prepared(_ resource: Resource, scope name: Text, version: Text) -> PreparedResource {
    PreparedResource(
      encoded: Self.resource { output in
        var count = 0
        func write(_ key: String, _ value: String) {
          Text.with(key) { key in
            let opened = openAttribute(count, of: .resource, key: key, &output)
            if key == "process.pid", let number = Int64(value) {
              integer(number, &output)
            } else {
              Text.with(value) { text($0, &output) }
            }
            closeAttribute(opened, &output)
          }
          count += 1
        }
        if !resource.service.isEmpty { write("service.name", resource.service) }
        let tags = resource.uniqueTags
        for tag in tags where tag.key != "service.name" { write(tag.key, tag.value) }
        for (key, value) in [
          ("telemetry.sdk.language", "swift"), ("telemetry.sdk.name", "spoor"),
          ("telemetry.sdk.version", SpoorVersion.text),
        ] where !tags.contains(where: { $0.key == key }) { write(key, value) }
        closeAttributes(count, of: .resource, &output)
      },
      scope: scope(name: name, version: version))
  }
}
