// SPDX-License-Identifier: Apache-2.0

package import SpoorBase
package import SpoorJournal

/// The encoder of Zipkin JSON v2: a list of spans for `POST /api/v2/spans`.
package struct ZipkinJSONEncoder: SpanEncoder {
  private let mapping: ZipkinMapping<ZipkinJSON>

  /// - Parameter formatStack: turns an unresolved stack into text.
  package init(formatStack: @escaping StackFormatter = hexadecimalStack) {
    mapping = ZipkinMapping(values: AttributeText(formatStack: formatStack))
  }

  package var contentType: String { "application/json" }
  package var reportsOpenSpans: Bool { true }

  package func frame(
    _ runs: [ResourceRun], of encoded: borrowing GrowingBytes, into body: inout GrowingBytes
  ) {
    body.removeAll()
    body.append(UInt8(ascii: "["))
    for run in runs {
      for record in run.records {
        if body.count > 1 { body.append(UInt8(ascii: ",")) }
        body.append(record.bytes, of: encoded)
      }
    }
    body.append(UInt8(ascii: "]"))
  }

  package func prepare(_ resource: Resource) -> PreparedResource { PreparedResource(resource, as: ZipkinJSON.self) }

  package func encode(_ record: SpanRecord, resource: PreparedResource, into buffer: inout EncodeBuffer) -> Bool {
    mapping.encode(record, resource: resource, into: &buffer)
  }
}

/// A span as a JSON object, its members in the order in which Zipkin's own libraries write them.
enum ZipkinJSON: ZipkinFormat {
  static func openSpan(_ output: inout GrowingBytes) -> Int { 0 }

  static func ids(
    traceIDHigh: UInt64, traceIDLow: UInt64, parent: UInt64, span: UInt64, _ output: inout GrowingBytes
  ) {
    output.append("{\"traceId\":\"" as StaticString)
    if traceIDHigh != 0 { output.appendHex(traceIDHigh) }
    output.appendHex(traceIDLow)
    if parent != 0 {
      output.append("\",\"parentId\":\"" as StaticString)
      output.appendHex(parent)
    }
    output.append("\",\"id\":\"" as StaticString)
    output.appendHex(span)
    output.append(UInt8(ascii: "\""))
  }

  static func kind(_ kind: SpanRecordKind, _ output: inout GrowingBytes) {
    switch kind {
    case .internal: break
    case .server: output.append(",\"kind\":\"SERVER\"" as StaticString)
    case .client: output.append(",\"kind\":\"CLIENT\"" as StaticString)
    case .producer: output.append(",\"kind\":\"PRODUCER\"" as StaticString)
    case .consumer: output.append(",\"kind\":\"CONSUMER\"" as StaticString)
    }
  }

  static func name(_ name: Text, _ output: inout GrowingBytes) {
    output.append(",\"name\":" as StaticString)
    output.appendQuoted(name)
  }

  static func timestamp(_ microseconds: UInt64, _ output: inout GrowingBytes) {
    output.append(",\"timestamp\":" as StaticString)
    output.appendDecimal(microseconds)
  }

  static func duration(_ microseconds: UInt64, _ output: inout GrowingBytes) {
    output.append(",\"duration\":" as StaticString)
    output.appendDecimal(microseconds)
  }

  static func localEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) {
    output.append(",\"localEndpoint\":" as StaticString)
    append(endpoint, &output)
  }

  static func remoteEndpoint(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) {
    output.append(",\"remoteEndpoint\":" as StaticString)
    append(endpoint, &output)
  }

  private static func append(_ endpoint: ZipkinEndpoint, _ output: inout GrowingBytes) {
    var separator = UInt8(ascii: "{")
    func member(_ name: StaticString, _ output: inout GrowingBytes) {
      output.append(separator)
      separator = UInt8(ascii: ",")
      output.append(name)
    }
    if let name = endpoint.serviceName {
      member("\"serviceName\":", &output)
      output.appendQuoted(name)
    }
    if let address = endpoint.address {
      if case .v4 = address { member("\"ipv4\":\"", &output) } else { member("\"ipv6\":\"", &output) }
      output.append(address)
      output.append(UInt8(ascii: "\""))
    }
    if endpoint.port != 0 {
      member("\"port\":", &output)
      output.appendDecimal(UInt64(endpoint.port))
    }
    output.append(UInt8(ascii: "}"))
  }

  static func annotation(_ index: Int, microseconds: UInt64, value: Text, _ output: inout GrowingBytes) {
    output.append(index == 0 ? ",\"annotations\":[{\"timestamp\":" as StaticString : ",{\"timestamp\":")
    output.appendDecimal(microseconds)
    output.append(",\"value\":" as StaticString)
    output.appendQuoted(value)
    output.append(UInt8(ascii: "}"))
  }

  static func closeAnnotations(_ output: inout GrowingBytes) { output.append(UInt8(ascii: "]")) }

  @inline(__always)
  static func tag(_ index: Int, key: Text, value: Text, _ output: inout GrowingBytes) {
    output.append(index == 0 ? ",\"tags\":{\"" as StaticString : ",\"")
    output.appendEscaped(key)
    output.append("\":\"" as StaticString)
    output.appendEscaped(value)
    output.append(UInt8(ascii: "\""))
  }

  static func closeTags(_ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }

  static func debug(_ output: inout GrowingBytes) { output.append(",\"debug\":true" as StaticString) }

  static func shared(_ output: inout GrowingBytes) { output.append(",\"shared\":true" as StaticString) }

  static func closeSpan(_ opened: Int, _ output: inout GrowingBytes) { output.append(UInt8(ascii: "}")) }
}
