// SPDX-License-Identifier: Apache-2.0

/// Writes Zipkin's JSON v2. Fields are in the order of docs/ZIPKIN.md; absent ones are omitted.
public enum ZipkinJSONEncoder {
  /// A JSON list of spans.
  /// - Parameter withContent: whether spans that came by OTLP have a member `otlp` with what Zipkin has no place for.
  public static func bytes(_ spans: some Collection<ZipkinSpan>, withContent: Bool = false) -> [UInt8] {
    var writer = JSONWriter()
    writer.reserve(2 + spans.count * 400)
    writer.array { writer in
      for span in spans { write(span, to: &writer, withContent: withContent) }
    }
    return writer.bytes
  }

  /// Writes one span as the next value.
  public static func write(_ span: ZipkinSpan, to writer: inout JSONWriter, withContent: Bool = false) {
    writer.object { writer in
      members(of: span, to: &writer)
      guard withContent, let content = span.otlp else { return }
      writer.key("otlp")
      content.write(to: &writer)
    }
  }

  /// Writes the members of a span into an open object, so that a caller can add its own.
  public static func members(of span: ZipkinSpan, to writer: inout JSONWriter) {
    writer.key("traceId")
    writer.hex { span.traceID.append(to: &$0) }
    if let parentID = span.parentID {
      writer.key("parentId")
      writer.hex { HexID.append(parentID.value, to: &$0) }
    }
    writer.key("id")
    writer.hex { HexID.append(span.id.value, to: &$0) }
    if let kind = span.kind {
      writer.key("kind")
      writer.string(kind.name)
    }
    if let name = span.name {
      writer.key("name")
      writer.string(name)
    }
    if let timestamp = span.timestamp {
      writer.key("timestamp")
      writer.number(timestamp)
    }
    if let duration = span.duration {
      writer.key("duration")
      writer.number(duration)
    }
    if let endpoint = span.localEndpoint {
      writer.key("localEndpoint")
      write(endpoint, to: &writer)
    }
    if let endpoint = span.remoteEndpoint {
      writer.key("remoteEndpoint")
      write(endpoint, to: &writer)
    }
    if !span.annotations.isEmpty {
      writer.key("annotations")
      writer.array { writer in
        for annotation in span.annotations {
          writer.object { writer in
            writer.key("timestamp")
            writer.number(annotation.timestamp)
            writer.key("value")
            writer.string(annotation.value)
          }
        }
      }
    }
    if !span.tags.isEmpty {
      writer.key("tags")
      writer.object { writer in
        for tag in span.tags {
          writer.key(tag.key)
          writer.string(tag.value)
        }
      }
    }
    if span.debug {
      writer.key("debug")
      writer.bool(true)
    }
    if span.shared {
      writer.key("shared")
      writer.bool(true)
    }
  }

  private static func write(_ endpoint: ZipkinEndpoint, to writer: inout JSONWriter) {
    writer.object { writer in
      if let name = endpoint.serviceName {
        writer.key("serviceName")
        writer.string(name)
      }
      if let ipv4 = endpoint.ipv4 {
        writer.key("ipv4")
        writer.string(ipv4.description)
      }
      if let ipv6 = endpoint.ipv6 {
        writer.key("ipv6")
        writer.string(ipv6.description)
      }
      if let port = endpoint.port {
        writer.key("port")
        writer.number(port)
      }
    }
  }
}
