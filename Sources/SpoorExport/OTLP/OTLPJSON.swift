// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// OTLP as JSON ("JSON Protobuf Encoding" of the OTLP specification): ids in hexadecimal digits, enumerations as
/// numbers, 64-bit integers as text, names in lowerCamelCase.
enum OTLPJSON: OTLPFormat {
  static var contentType: String { "application/json" }

  private static func comma(_ index: Int, _ output: inout GrowingBytes) {
    if index > 0 { output.append(UInt8(ascii: ",")) }
  }

  private static func traceID(_ high: UInt64, _ low: UInt64, _ output: inout GrowingBytes) {
    output.append("\"traceId\":\"" as StaticString)
    output.appendHex(high)
    output.appendHex(low)
    output.append(UInt8(ascii: "\""))
  }

  private static func number(_ value: UInt64, _ output: inout GrowingBytes) {
    output.append(UInt8(ascii: "\""))
    output.appendDecimal(value)
    output.append(UInt8(ascii: "\""))
  }

  // MARK: Span

  static func openSpan(_ output: inout GrowingBytes) -> Int { 0 }

  static func ids(_ record: SpanRecord, parent: UInt64, _ output: inout GrowingBytes) {
    output.append(UInt8(ascii: "{"))
    traceID(record.traceIDHigh, record.traceIDLow, &output)
    output.append(",\"spanId\":\"" as StaticString)
    output.appendHex(record.spanID)
    if parent != 0 {
      output.append("\",\"parentSpanId\":\"" as StaticString)
      output.appendHex(parent)
    }
    output.append(UInt8(ascii: "\""))
  }

  static func name(_ name: Text, _ output: inout GrowingBytes) {
    guard !name.isEmpty else { return }
    output.append(",\"name\":" as StaticString)
    output.appendQuoted(name)
  }

  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes) {
    output.append(",\"kind\":" as StaticString)
    output.appendDecimal(UInt64(kind.otlpNumber))
  }

  static func times(start: UInt64, end: UInt64, _ output: inout GrowingBytes) {
    output.append(",\"startTimeUnixNano\":" as StaticString)
    number(start, &output)
    output.append(",\"endTimeUnixNano\":" as StaticString)
    number(end, &output)
  }

  static func openEvent(_ index: Int, time: UInt64, name: Text, _ output: inout GrowingBytes) -> Int {
    output.append(index == 0 ? ",\"events\":[{\"timeUnixNano\":" as StaticString : ",{\"timeUnixNano\":")
    number(time, &output)
    self.name(name, &output)
    return 0
  }

  static func closeEvent(_ opened: Int, _ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }

  static func openLink(_ index: Int, _ link: RecordField, _ output: inout GrowingBytes) -> Int {
    output.append(index == 0 ? ",\"links\":[{" as StaticString : ",{")
    traceID(link.word(0), link.word(1), &output)
    output.append(",\"spanId\":\"" as StaticString)
    output.appendHex(link.word(2))
    output.append(UInt8(ascii: "\""))
    return 0
  }

  static func closeLink(_ opened: Int, _ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }

  static func status(_ code: StatusCode, message: Text, _ output: inout GrowingBytes) {
    output.append(",\"status\":{" as StaticString)
    if !message.isEmpty {
      output.append("\"message\":" as StaticString)
      output.appendQuoted(message)
    }
    if code.rawValue != 0 {
      if !message.isEmpty { output.append(UInt8(ascii: ",")) }
      output.append("\"code\":" as StaticString)
      output.appendDecimal(UInt64(code.rawValue))
    }
    output.append(UInt8(ascii: "}"))
  }

  static func spanFlags(_ flags: UInt32, _ output: inout GrowingBytes) { logFlags(flags, &output) }

  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }

  // MARK: Log record

  static func openLogRecord(_ output: inout GrowingBytes) -> Int { 0 }

  static func time(_ nanoseconds: UInt64, _ output: inout GrowingBytes) {
    output.append("{\"timeUnixNano\":" as StaticString)
    number(nanoseconds, &output)
  }

  static func severity(_ number: UInt8, text: Text, _ output: inout GrowingBytes) {
    if number != 0 {
      output.append(",\"severityNumber\":" as StaticString)
      output.appendDecimal(UInt64(number))
    }
    guard !text.isEmpty else { return }
    output.append(",\"severityText\":" as StaticString)
    output.appendQuoted(text)
  }

  static func openBody(_ output: inout GrowingBytes) -> Int {
    output.append(",\"body\":" as StaticString)
    return 0
  }

  static func closeBody(_ opened: Int, _ output: inout GrowingBytes) {}

  static func logFlags(_ flags: UInt32, _ output: inout GrowingBytes) {
    guard flags != 0 else { return }
    output.append(",\"flags\":" as StaticString)
    output.appendDecimal(UInt64(flags))
  }

  static func logIDs(traceHigh: UInt64, traceLow: UInt64, span: UInt64, _ output: inout GrowingBytes) {
    if traceHigh | traceLow != 0 {
      output.append(UInt8(ascii: ","))
      traceID(traceHigh, traceLow, &output)
    }
    guard span != 0 else { return }
    output.append(",\"spanId\":\"" as StaticString)
    output.appendHex(span)
    output.append(UInt8(ascii: "\""))
  }

  static func observedTime(_ nanoseconds: UInt64, _ output: inout GrowingBytes) {
    output.append(",\"observedTimeUnixNano\":" as StaticString)
    number(nanoseconds, &output)
  }

  static func eventName(_ name: Text, _ output: inout GrowingBytes) {
    guard !name.isEmpty else { return }
    output.append(",\"eventName\":" as StaticString)
    output.appendQuoted(name)
  }

  static func closeLogRecord(_ opened: Int, _ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }

  // MARK: Attributes

  static func openAttribute(
    _ index: Int, of list: OTLPList, key: Text, _ output: inout GrowingBytes
  ) -> OTLPAttribute {
    switch list {
    case .resource where index == 0: output.append("\"attributes\":[" as StaticString)
    case .pairs where index == 0: break
    case _ where index == 0: output.append(",\"attributes\":[" as StaticString)
    default: output.append(UInt8(ascii: ","))
    }
    output.append("{\"key\":" as StaticString)
    output.appendQuoted(key)
    output.append(",\"value\":" as StaticString)
    return OTLPAttribute(outer: 0, inner: 0)
  }

  static func closeAttribute(_ opened: OTLPAttribute, _ output: inout GrowingBytes) {
    output.append(UInt8(ascii: "}"))
  }

  static func closeAttributes(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes) {
    if count > 0 { output.append(UInt8(ascii: "]")) }
  }

  static func dropped(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes) {
    guard count > 0 else { return }
    switch list {
    case .events: output.append(",\"droppedEventsCount\":" as StaticString)
    case .links: output.append(",\"droppedLinksCount\":" as StaticString)
    default: output.append(",\"droppedAttributesCount\":" as StaticString)
    }
    output.appendDecimal(UInt64(count))
  }

  static func text(_ value: Text, _ output: inout GrowingBytes) {
    output.append("{\"stringValue\":" as StaticString)
    output.appendQuoted(value)
    output.append(UInt8(ascii: "}"))
  }

  static func bool(_ value: Bool, _ output: inout GrowingBytes) {
    output.append(value ? "{\"boolValue\":true}" as StaticString : "{\"boolValue\":false}")
  }

  static func integer(_ value: Int64, _ output: inout GrowingBytes) {
    output.append("{\"intValue\":\"" as StaticString)
    output.appendDecimal(value)
    output.append("\"}" as StaticString)
  }

  /// What JSON has no number for is a text: `NaN`, `Infinity`, `-Infinity` (protobuf's JSON mapping).
  static func double(_ value: Double, _ output: inout GrowingBytes) {
    output.append("{\"doubleValue\":" as StaticString)
    if !value.isFinite { output.append(UInt8(ascii: "\"")) }
    output.appendDecimal(value)
    if !value.isFinite { output.append(UInt8(ascii: "\"")) }
    output.append(UInt8(ascii: "}"))
  }

  static func noValue(_ output: inout GrowingBytes) { output.append("{}" as StaticString) }

  static func openValues(isObject: Bool, _ output: inout GrowingBytes) -> OTLPAttribute {
    output.append(isObject ? "{\"kvlistValue\":{\"values\":[" as StaticString : "{\"arrayValue\":{\"values\":[")
    return OTLPAttribute(outer: 0, inner: 0)
  }

  static func openElement(_ index: Int, _ output: inout GrowingBytes) -> Int {
    comma(index, &output)
    return 0
  }

  static func closeElement(_ opened: Int, _ output: inout GrowingBytes) {}

  static func closeValues(_ opened: OTLPAttribute, _ output: inout GrowingBytes) {
    output.append("]}}" as StaticString)
  }

  // MARK: Body

  static func resource(_ attributes: (inout GrowingBytes) -> Void) -> [UInt8] {
    var output = GrowingBytes()
    output.append("\"resource\":{" as StaticString)
    attributes(&output)
    output.append(UInt8(ascii: "}"))
    return output.array()
  }

  static func scope(name: Text, version: Text) -> [UInt8] {
    var output = GrowingBytes()
    output.append("\"scope\":{\"name\":" as StaticString)
    output.appendQuoted(name)
    if !version.isEmpty {
      output.append(",\"version\":" as StaticString)
      output.appendQuoted(version)
    }
    output.append(UInt8(ascii: "}"))
    return output.array()
  }

  static func frame(
    _ runs: [ResourceRun], _ signal: OTLPSignal, of encoded: borrowing GrowingBytes, into body: inout GrowingBytes
  ) {
    body.removeAll()
    body.append(signal == .spans ? "{\"resourceSpans\":[" as StaticString : "{\"resourceLogs\":[")
    for (index, run) in runs.enumerated() {
      comma(index, &body)
      body.append(UInt8(ascii: "{"))
      body.append(run.resource.encoded)
      body.append(signal == .spans ? ",\"scopeSpans\":[{" as StaticString : ",\"scopeLogs\":[{")
      body.append(run.resource.scope)
      body.append(signal == .spans ? ",\"spans\":[" as StaticString : ",\"logRecords\":[")
      for (number, record) in run.records.enumerated() {
        comma(number, &body)
        body.append(record.bytes, of: encoded)
      }
      body.append("]}]}" as StaticString)
    }
    body.append("]}" as StaticString)
  }
}
