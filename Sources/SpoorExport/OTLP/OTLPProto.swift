// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// OTLP as protobuf (trace.proto, logs.proto, common.proto and resource.proto of opentelemetry-proto 1.x).
enum OTLPProto: OTLPFormat {
  static var contentType: String { "application/x-protobuf" }

  // Wire types.
  private static let varint: UInt8 = 0
  private static let eightBytes: UInt8 = 1
  private static let bytes: UInt8 = 2
  private static let fourBytes: UInt8 = 5

  private static func fixed64(_ number: UInt8, _ value: UInt64, _ output: inout GrowingBytes) {
    guard value != 0 else { return }
    output.append(number << 3 | eightBytes)
    output.appendInteger(value.littleEndian)
  }

  private static func string(_ number: UInt8, _ value: Text, _ output: inout GrowingBytes) {
    if !value.isEmpty { output.appendField(number, value) }
  }

  private static func traceID(_ number: UInt8, _ high: UInt64, _ low: UInt64, _ output: inout GrowingBytes) {
    output.append(number << 3 | bytes)
    output.append(16)
    output.appendInteger(high.bigEndian)
    output.appendInteger(low.bigEndian)
  }

  private static func spanID(_ number: UInt8, _ id: UInt64, _ output: inout GrowingBytes) {
    output.append(number << 3 | bytes)
    output.append(8)
    output.appendInteger(id.bigEndian)
  }

  // MARK: Span

  static func openSpan(_ output: inout GrowingBytes) -> Int { output.openMessage(2 << 3 | bytes) }

  static func ids(_ record: SpanRecord, parent: UInt64, _ output: inout GrowingBytes) {
    traceID(1, record.traceIDHigh, record.traceIDLow, &output)
    spanID(2, record.spanID, &output)
    if parent != 0 { spanID(4, parent, &output) }
  }

  static func name(_ name: Text, _ output: inout GrowingBytes) { string(5, name, &output) }

  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes) {
    output.append(6 << 3 | varint)
    output.append(kind.otlpNumber)
  }

  static func times(start: UInt64, end: UInt64, _ output: inout GrowingBytes) {
    fixed64(7, start, &output)
    fixed64(8, end, &output)
  }

  static func openEvent(_ index: Int, time: UInt64, name: Text, _ output: inout GrowingBytes) -> Int {
    let opened = output.openMessage(11 << 3 | bytes)
    fixed64(1, time, &output)
    string(2, name, &output)
    return opened
  }

  static func closeEvent(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  static func openLink(_ index: Int, _ link: RecordField, _ output: inout GrowingBytes) -> Int {
    let opened = output.openMessage(13 << 3 | bytes)
    traceID(1, link.word(0), link.word(1), &output)
    spanID(2, link.word(2), &output)
    return opened
  }

  static func closeLink(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  static func status(_ code: StatusCode, message: Text, _ output: inout GrowingBytes) {
    let opened = output.openMessage(15 << 3 | bytes)
    string(2, message, &output)
    if code.rawValue != 0 {
      output.append(3 << 3 | varint)
      output.append(code.rawValue)
    }
    output.closeMessage(opened)
  }

  static func spanFlags(_ flags: UInt32, _ output: inout GrowingBytes) {
    output.appendVarint(16 << 3 | UInt64(fourBytes))
    output.appendInteger(flags.littleEndian)
  }

  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  // MARK: Log record

  static func openLogRecord(_ output: inout GrowingBytes) -> Int { output.openMessage(2 << 3 | bytes) }

  static func time(_ nanoseconds: UInt64, _ output: inout GrowingBytes) { fixed64(1, nanoseconds, &output) }

  static func severity(_ number: UInt8, text: Text, _ output: inout GrowingBytes) {
    if number != 0 {
      output.append(2 << 3 | varint)
      output.append(number)
    }
    string(3, text, &output)
  }

  static func openBody(_ output: inout GrowingBytes) -> Int { output.openMessage(5 << 3 | bytes) }

  static func closeBody(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  static func logFlags(_ flags: UInt32, _ output: inout GrowingBytes) {
    guard flags != 0 else { return }
    output.append(8 << 3 | fourBytes)
    output.appendInteger(flags.littleEndian)
  }

  static func logIDs(traceHigh: UInt64, traceLow: UInt64, span: UInt64, _ output: inout GrowingBytes) {
    if traceHigh | traceLow != 0 { traceID(9, traceHigh, traceLow, &output) }
    if span != 0 { spanID(10, span, &output) }
  }

  static func observedTime(_ nanoseconds: UInt64, _ output: inout GrowingBytes) { fixed64(11, nanoseconds, &output) }

  static func eventName(_ name: Text, _ output: inout GrowingBytes) { string(12, name, &output) }

  static func closeLogRecord(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  // MARK: Attributes

  static func openAttribute(
    _ index: Int, of list: OTLPList, key: Text, _ output: inout GrowingBytes
  ) -> OTLPAttribute {
    let outer = output.openMessage(list.number << 3 | bytes)
    string(1, key, &output)
    return OTLPAttribute(outer: outer, inner: output.openMessage(2 << 3 | bytes))
  }

  static func closeAttribute(_ opened: OTLPAttribute, _ output: inout GrowingBytes) {
    output.closeMessage(opened.inner)
    output.closeMessage(opened.outer)
  }

  static func closeAttributes(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes) {}

  static func dropped(_ count: Int, of list: OTLPList, _ output: inout GrowingBytes) {
    guard count > 0 else { return }
    output.append((list.number + 1) << 3 | varint)
    output.appendVarint(UInt64(count))
  }

  // The fields of `AnyValue` are a oneof, which is written even where the value is the default.
  static func text(_ value: Text, _ output: inout GrowingBytes) { output.appendField(1, value) }

  static func bool(_ value: Bool, _ output: inout GrowingBytes) {
    output.append(2 << 3 | varint)
    output.append(value ? 1 : 0)
  }

  static func integer(_ value: Int64, _ output: inout GrowingBytes) {
    output.append(3 << 3 | varint)
    output.appendVarint(UInt64(bitPattern: value))
  }

  static func double(_ value: Double, _ output: inout GrowingBytes) {
    output.append(4 << 3 | eightBytes)
    output.appendInteger(value.bitPattern.littleEndian)
  }

  static func noValue(_ output: inout GrowingBytes) {}

  static func openValues(isObject: Bool, _ output: inout GrowingBytes) -> OTLPAttribute {
    OTLPAttribute(outer: output.openMessage((isObject ? 6 : 5) << 3 | bytes), inner: 0)
  }

  static func openElement(_ index: Int, _ output: inout GrowingBytes) -> Int { output.openMessage(1 << 3 | bytes) }

  static func closeElement(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }

  static func closeValues(_ opened: OTLPAttribute, _ output: inout GrowingBytes) { output.closeMessage(opened.outer) }

  // MARK: Body

  static func resource(_ attributes: (inout GrowingBytes) -> Void) -> [UInt8] {
    var output = GrowingBytes()
    let opened = output.openMessage(1 << 3 | bytes)
    attributes(&output)
    output.closeMessage(opened)
    return output.array()
  }

  static func scope(name: Text, version: Text) -> [UInt8] {
    var output = GrowingBytes()
    let opened = output.openMessage(1 << 3 | bytes)
    string(1, name, &output)
    string(2, version, &output)
    output.closeMessage(opened)
    return output.array()
  }

  /// The field numbers of both signals are the same: `ExportTraceServiceRequest.resource_spans` 1,
  /// `ResourceSpans.resource` 1 and `scope_spans` 2, `ScopeSpans.scope` 1 and `spans` 2. All lengths are known before
  /// anything is written.
  static func frame(
    _ runs: [ResourceRun], _ signal: OTLPSignal, of encoded: borrowing GrowingBytes, into body: inout GrowingBytes
  ) {
    body.removeAll()
    for run in runs {
      let content = run.resource.scope.count + run.records.reduce(0) { $0 + $1.bytes.count }
      let scoped = 1 + varintSize(content) + content
      body.append(1 << 3 | bytes)
      body.appendVarint(UInt64(run.resource.encoded.count + scoped))
      body.append(run.resource.encoded)
      body.append(2 << 3 | bytes)
      body.appendVarint(UInt64(content))
      body.append(run.resource.scope)
      for record in run.records { body.append(record.bytes, of: encoded) }
    }
  }

  private static func varintSize(_ value: Int) -> Int {
    var size = 1
    while value >> (7 * size) != 0 { size += 1 }
    return size
  }
}

extension SpanRecordKind {
  /// OTLP's `SpanKind`.
  var otlpNumber: UInt8 {
    switch self {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }
}
