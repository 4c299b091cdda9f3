// SPDX-License-Identifier: Apache-2.0

/// Writes Zipkin's proto3 messages. Trace ids always have 16 bytes, which every receiver accepts.
public enum ZipkinProtoEncoder {
  /// A `ListOfSpans`. The concatenation of two of them is a `ListOfSpans` of both.
  public static func bytes(_ spans: some Collection<ZipkinSpan>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(spans.count * 200)
    for span in spans { append(span, to: &bytes) }
    return bytes
  }

  /// Appends one span as an element of a `ListOfSpans`.
  public static func append(_ span: ZipkinSpan, to bytes: inout [UInt8]) {
    ProtoWriter.appendMessage(field: 1, to: &bytes) { bytes in
      bytes += [1 << 3 | 2, 16]
      ProtoWriter.appendBigEndian(span.traceID.high, to: &bytes)
      ProtoWriter.appendBigEndian(span.traceID.low, to: &bytes)
      if let parentID = span.parentID {
        bytes += [2 << 3 | 2, 8]
        ProtoWriter.appendBigEndian(parentID.value, to: &bytes)
      }
      bytes += [3 << 3 | 2, 8]
      ProtoWriter.appendBigEndian(span.id.value, to: &bytes)
      if let kind = span.kind { bytes += [4 << 3, kind.rawValue] }
      if let name = span.name { ProtoWriter.appendText(name, field: 5, to: &bytes) }
      if let timestamp = span.timestamp {
        bytes.append(6 << 3 | 1)
        ProtoWriter.appendFixed64(UInt64(bitPattern: timestamp), to: &bytes)
      }
      if let duration = span.duration {
        bytes.append(7 << 3)
        ProtoWriter.appendVarint(UInt64(bitPattern: duration), to: &bytes)
      }
      if let endpoint = span.localEndpoint { append(endpoint, field: 8, to: &bytes) }
      if let endpoint = span.remoteEndpoint { append(endpoint, field: 9, to: &bytes) }
      for annotation in span.annotations {
        ProtoWriter.appendMessage(field: 10, to: &bytes) { bytes in
          bytes.append(1 << 3 | 1)
          ProtoWriter.appendFixed64(UInt64(bitPattern: annotation.timestamp), to: &bytes)
          ProtoWriter.appendText(annotation.value, field: 2, to: &bytes)
        }
      }
      for tag in span.tags {
        ProtoWriter.appendMessage(field: 11, to: &bytes) { bytes in
          ProtoWriter.appendText(tag.key, field: 1, to: &bytes)
          ProtoWriter.appendText(tag.value, field: 2, to: &bytes)
        }
      }
      if span.debug { bytes += [12 << 3, 1] }
      if span.shared { bytes += [13 << 3, 1] }
    }
  }

  private static func append(_ endpoint: ZipkinEndpoint, field: UInt8, to bytes: inout [UInt8]) {
    ProtoWriter.appendMessage(field: field, to: &bytes) { bytes in
      if let name = endpoint.serviceName { ProtoWriter.appendText(name, field: 1, to: &bytes) }
      if let ipv4 = endpoint.ipv4 {
        bytes += [2 << 3 | 2, 4]
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: ipv4.value >> shift)) }
      }
      if let ipv6 = endpoint.ipv6 {
        bytes += [3 << 3 | 2, 16]
        ProtoWriter.appendBigEndian(ipv6.high, to: &bytes)
        ProtoWriter.appendBigEndian(ipv6.low, to: &bytes)
      }
      if let port = endpoint.port {
        bytes.append(4 << 3)
        ProtoWriter.appendVarint(UInt64(port), to: &bytes)
      }
    }
  }
}
