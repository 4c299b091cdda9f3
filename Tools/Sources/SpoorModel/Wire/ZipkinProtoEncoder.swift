/// Writes Zipkin's proto3 messages: trace ids with 16 bytes always, for that is what every receiver takes.
public enum ZipkinProtoEncoder {
  /// A `ListOfSpans`. Two of them, one after the other, are a `ListOfSpans` of both.
  public static func bytes(_ spans: some Collection<ZipkinSpan>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(spans.count * 200)
    for span in spans { append(span, to: &bytes) }
    return bytes
  }

  /// Appends one span as an element of a `ListOfSpans`.
  public static func append(_ span: ZipkinSpan, to bytes: inout [UInt8]) {
    appendMessage(field: 1, to: &bytes) { bytes in
      bytes += [1 << 3 | 2, 16]
      appendBigEndian(span.traceID.high, to: &bytes)
      appendBigEndian(span.traceID.low, to: &bytes)
      if let parentID = span.parentID {
        bytes += [2 << 3 | 2, 8]
        appendBigEndian(parentID.value, to: &bytes)
      }
      bytes += [3 << 3 | 2, 8]
      appendBigEndian(span.id.value, to: &bytes)
      if let kind = span.kind { bytes += [4 << 3, kind.rawValue] }
      if let name = span.name { appendText(name, field: 5, to: &bytes) }
      if let timestamp = span.timestamp {
        bytes.append(6 << 3 | 1)
        appendFixed64(UInt64(bitPattern: timestamp), to: &bytes)
      }
      if let duration = span.duration {
        bytes.append(7 << 3)
        appendVarint(UInt64(bitPattern: duration), to: &bytes)
      }
      if let endpoint = span.localEndpoint { append(endpoint, field: 8, to: &bytes) }
      if let endpoint = span.remoteEndpoint { append(endpoint, field: 9, to: &bytes) }
      for annotation in span.annotations {
        appendMessage(field: 10, to: &bytes) { bytes in
          bytes.append(1 << 3 | 1)
          appendFixed64(UInt64(bitPattern: annotation.timestamp), to: &bytes)
          appendText(annotation.value, field: 2, to: &bytes)
        }
      }
      for tag in span.tags {
        appendMessage(field: 11, to: &bytes) { bytes in
          appendText(tag.key, field: 1, to: &bytes)
          appendText(tag.value, field: 2, to: &bytes)
        }
      }
      if span.debug { bytes += [12 << 3, 1] }
      if span.shared { bytes += [13 << 3, 1] }
    }
  }

  private static func append(_ endpoint: ZipkinEndpoint, field: UInt8, to bytes: inout [UInt8]) {
    appendMessage(field: field, to: &bytes) { bytes in
      if let name = endpoint.serviceName { appendText(name, field: 1, to: &bytes) }
      if let ipv4 = endpoint.ipv4 {
        bytes += [2 << 3 | 2, 4]
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: ipv4.value >> shift)) }
      }
      if let ipv6 = endpoint.ipv6 {
        bytes += [3 << 3 | 2, 16]
        appendBigEndian(ipv6.high, to: &bytes)
        appendBigEndian(ipv6.low, to: &bytes)
      }
      if let port = endpoint.port {
        bytes.append(4 << 3)
        appendVarint(UInt64(port), to: &bytes)
      }
    }
  }

  /// Appends a message whose length is known only after its content: one byte is kept for it, more are made if needed.
  private static func appendMessage(field: UInt8, to bytes: inout [UInt8], _ content: (inout [UInt8]) -> Void) {
    bytes.append(field << 3 | 2)
    let mark = bytes.count
    bytes.append(0)
    content(&bytes)
    let length = bytes.count - mark - 1
    if length < 0x80 {
      bytes[mark] = UInt8(length)
    } else {
      var prefix: [UInt8] = []
      appendVarint(UInt64(length), to: &prefix)
      bytes.replaceSubrange(mark...mark, with: prefix)
    }
  }

  private static func appendText(_ text: String, field: UInt8, to bytes: inout [UInt8]) {
    bytes.append(field << 3 | 2)
    appendVarint(UInt64(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func appendFixed64(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift: UInt64 in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  private static func appendBigEndian(_ value: UInt64, to bytes: inout [UInt8]) {
    appendFixed64(value.byteSwapped, to: &bytes)
  }
}
