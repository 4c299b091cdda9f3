// SPDX-License-Identifier: Apache-2.0

package import SpoorBase
package import SpoorJournal

/// The encoder of Zipkin proto3: a `zipkin.proto3.ListOfSpans` for `POST /api/v2/spans`. Trace ids always have 16
/// bytes, because some receivers refuse 8.
package struct ZipkinProtoEncoder: SpanEncoder {
  private let mapping: ZipkinMapping<ZipkinProto>

  /// - Parameter formatStack: turns an unresolved stack into text.
  package init(formatStack: @escaping StackFormatter = hexadecimalStack) {
    mapping = ZipkinMapping(values: AttributeText(formatStack: formatStack))
  }

  package var contentType: String { "application/x-protobuf" }
  package var reportsOpenSpans: Bool { true }

  package func frame(
    _ runs: [ResourceRun], of encoded: borrowing GrowingBytes, into body: inout GrowingBytes
  ) {
    body.removeAll()
    // A list is a sequence of spans, each with its own tag and length.
    for run in runs {
      for record in run.records { body.append(record.bytes, of: encoded) }
    }
  }

  package func prepare(_ resource: Resource) -> PreparedResource { PreparedResource(resource, as: ZipkinProto.self) }

  package func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool {
    mapping.encode(record, resource: resource, into: &buffer)
  }
}

/// A span as the field `spans` of a `ListOfSpans` (zipkin.proto of openzipkin/zipkin-api). A field's first byte is its
/// number times 8 plus its wire type: 0 varint, 1 eight bytes, 2 length and bytes.
enum ZipkinProto: ZipkinFormat {
  static func openSpan(_ output: inout GrowingBytes) -> Int { output.openMessage(1 << 3 | 2) }

  static func ids(
    traceIDHigh: UInt64, traceIDLow: UInt64, parent: UInt64, span: UInt64, _ output: inout GrowingBytes
  ) {
    output.append(1 << 3 | 2)
    output.append(16)
    output.appendInteger(traceIDHigh.bigEndian)
    output.appendInteger(traceIDLow.bigEndian)
    if parent != 0 { id(2, parent, &output) }
    id(3, span, &output)
  }

  private static func id(_ number: UInt8, _ value: UInt64, _ output: inout GrowingBytes) {
    output.append(number << 3 | 2)
    output.append(8)
    output.appendInteger(value.bigEndian)
  }

  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes) {
    output.append(4 << 3)
    switch kind {
    case .internal: output.append(0)
    case .client: output.append(1)
    case .server: output.append(2)
    case .producer: output.append(3)
    case .consumer: output.append(4)
    }
  }

  static func name(_ name: Text, _ output: inout GrowingBytes) { output.appendField(5, name) }

  static func timestamp(_ microseconds: UInt64, _ output: inout GrowingBytes) {
    output.append(6 << 3 | 1)
    output.appendInteger(microseconds.littleEndian)
  }

  static func duration(_ microseconds: UInt64, _ output: inout GrowingBytes) {
    output.append(7 << 3)
    output.appendVarint(microseconds)
  }

  static func localEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) { append(8, endpoint, &output) }

  static func remoteEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) { append(9, endpoint, &output) }

  private static func append(_ number: UInt8, _ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) {
    let opened = output.openMessage(number << 3 | 2)
    if let name = endpoint.serviceName { output.appendField(1, name) }
    switch endpoint.address {
    case .v4(let address):
      output.append(2 << 3 | 2)
      output.append(4)
      output.appendInteger(address.bigEndian)
    case .v6(let high, let low):
      output.append(3 << 3 | 2)
      output.append(16)
      output.appendInteger(high.bigEndian)
      output.appendInteger(low.bigEndian)
    case nil: break
    }
    if endpoint.port != 0 {
      output.append(4 << 3)
      output.appendVarint(UInt64(endpoint.port))
    }
    output.closeMessage(opened)
  }

  static func annotation(_ index: Int, microseconds: UInt64, value: Text, _ output: inout GrowingBytes) {
    let opened = output.openMessage(10 << 3 | 2)
    output.append(1 << 3 | 1)
    output.appendInteger(microseconds.littleEndian)
    output.appendField(2, value)
    output.closeMessage(opened)
  }

  static func closeAnnotations(_ output: inout GrowingBytes) {}

  static func tag(_ index: Int, key: Text, value: Text, _ output: inout GrowingBytes) {
    let opened = output.openMessage(11 << 3 | 2)
    output.appendField(1, key)
    output.appendField(2, value)
    output.closeMessage(opened)
  }

  static func closeTags(_ output: inout GrowingBytes) {}

  static func debug(_ output: inout GrowingBytes) {
    output.append(12 << 3)
    output.append(1)
  }

  static func shared(_ output: inout GrowingBytes) {
    output.append(13 << 3)
    output.append(1)
  }

  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes) { output.closeMessage(opened) }
}

extension GrowingBytes {
  /// Appends a base-128 number, lowest 7 bits first.
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Begins a field whose length is not known yet. The returned value is passed to ``closeMessage(_:)``.
  @inline(__always)
  mutating func openMessage(_ tag: UInt8) -> Int {
    append(tag)
    append(0)
    return count
  }

  /// Writes the length of the bytes appended since `opened`, and moves them if the length takes more than one byte.
  mutating func closeMessage(_ opened: Int) {
    var length = count - opened
    var offset = opened - 1
    var additional = 0
    while length >> (7 * (additional + 1)) != 0 { additional += 1 }
    if additional > 0 { moveTail(from: opened, by: additional) }
    while length >= 0x80 {
      set(UInt8(truncatingIfNeeded: length) | 0x80, at: offset)
      length >>= 7
      offset += 1
    }
    set(UInt8(truncatingIfNeeded: length), at: offset)
  }

  /// Appends a string field. Invalid UTF-8 becomes U+FFFD, because proto3 refuses it.
  mutating func appendField(_ number: UInt8, _ text: Text) {
    let opened = openMessage(number << 3 | 2)
    appendValidated(text)
    closeMessage(opened)
  }
}
