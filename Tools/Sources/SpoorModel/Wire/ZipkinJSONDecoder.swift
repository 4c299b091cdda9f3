// SPDX-License-Identifier: Apache-2.0

/// Reads Zipkin's JSON v2 with the leniency of the real server: unknown fields are skipped.
public enum ZipkinJSONDecoder {
  /// The spans of a JSON list. An empty body, or one of white space, has no spans.
  ///
  /// - Throws: ``SpanError`` with the server's message: `Expected a JSON_V2 encoded list` for input that is not a list
  ///   or is Zipkin's v1 format, `Malformed reading List<Span> from json` for input that is not JSON, otherwise the
  ///   error of the first invalid span.
  public static func spans(_ bytes: [UInt8]) throws(SpanError) -> [ZipkinSpan] {
    var spans: [ZipkinSpan] = []
    // A span takes some 400 bytes; a length claimed by the sender is never reserved.
    spans.reserveCapacity(min(bytes.count / 300, 4096))
    if let error = try read(bytes, { spans.append($0) }).first { throw error }
    return spans
  }

  /// Calls `take` with each span of a JSON list, in order, and returns the errors of the first hundred elements that
  /// are not valid spans.
  ///
  /// - Throws: ``SpanError`` as ``spans(_:)`` does if the bytes as a whole cannot be read; `take` may have been called
  ///   by then.
  public static func read(_ bytes: [UInt8], _ take: (ZipkinSpan) -> Void) throws(SpanError) -> [SpanError] {
    var list = try SpanListReader(bytes, isProto: false)
    return try list.readAll(take)
  }

  /// The identifiers of a refused span, as text for an error.
  static func names(of bytes: [UInt8], at mark: Int) -> String {
    var reader = JSONReader(bytes)
    reader.rewind(to: mark)
    var names: [String] = []
    var first = true
    while names.count < 2, let key = try? reader.nextKey(first: &first) {
      if key == "traceId" || key == "id", reader.peek() == UInt8(ascii: "\""), let text = try? reader.string() {
        names.append("\(key) \(text.prefix(40))")
      } else {
        guard (try? reader.skip()) != nil else { break }
      }
    }
    return names.joined(separator: ", ")
  }

  /// The span of one JSON object.
  ///
  /// - Throws: ``SpanError`` if it is not a valid span.
  public static func span(_ bytes: [UInt8]) throws(SpanError) -> ZipkinSpan {
    var reader = JSONReader(bytes)
    let span = try span(&reader)
    guard reader.isAtEnd() else { throw reader.malformed() }
    return span
  }

  static func expected(butWas other: StaticString?) -> String {
    guard let other else { return "Expected a JSON_V2 encoded list" }
    return "Expected a JSON_V2 encoded list, but received: \(other)"
  }

  /// - Parameter readsContent: whether the member `otlp` of a collector's own answer is read; a sender's is not.
  static func span(_ reader: inout JSONReader, readsContent: Bool = false) throws(SpanError) -> ZipkinSpan {
    guard reader.peek() == UInt8(ascii: "{") else { throw reader.malformed() }
    var draft = Draft()
    var first = true
    while let key = try reader.nextKey(first: &first) {
      if readsContent, key == "otlp", reader.peek() == UInt8(ascii: "{") {
        draft.otlp = try OTLPContent(&reader)
      } else {
        try read(key, into: &draft, from: &reader)
      }
    }
    return try draft.span()
  }

  private static func read(
    _ key: String, into draft: inout Draft, from reader: inout JSONReader
  ) throws(SpanError) {
    switch key {
    case "traceId":
      draft.traceID = try ZipkinTraceID(digits: try reader.stringBytes())
      return
    case "id":
      guard let id = ZipkinSpanID(try ZipkinSpanID.number(try reader.stringBytes(), field: "id")) else {
        throw SpanError("id is all zeros")
      }
      draft.id = id
      return
    default: break
    }
    // Any other field may be null, which means absent.
    if try reader.takeNull() { return }
    switch key {
    // Sixteen zeros are a known mistake of senders and mean no parent.
    case "parentId":
      draft.parentID = ZipkinSpanID(try ZipkinSpanID.number(try reader.stringBytes(), field: "parentId"))
    case "kind":
      let name = try reader.string()
      guard let kind = kind(name) else { throw SpanError("No enum constant zipkin2.Span.Kind.\(name.prefix(64))") }
      draft.kind = kind
    case "name": draft.name = try reader.string()
    case "timestamp": draft.timestamp = try reader.int64()
    case "duration": draft.duration = try reader.int64()
    case "localEndpoint": draft.localEndpoint = try endpoint(&reader)
    case "remoteEndpoint": draft.remoteEndpoint = try endpoint(&reader)
    case "annotations": try annotations(&reader, into: &draft)
    case "tags": try tags(&reader, into: &draft)
    case "debug": draft.debug = try reader.bool()
    case "shared": draft.shared = try reader.bool()
    case "binaryAnnotations": throw SpanError.version1
    default: try reader.skip()
    }
  }

  private static func kind(_ name: String) -> ZipkinSpan.Kind? {
    switch name {
    case "CLIENT": .client
    case "SERVER": .server
    case "PRODUCER": .producer
    case "CONSUMER": .consumer
    default: nil
    }
  }

  private static func endpoint(_ reader: inout JSONReader) throws(SpanError) -> ZipkinEndpoint? {
    var name: String?
    var ipv4: IPv4Address?
    var ipv6: IPv6Address?
    var port: UInt16?
    var first = true
    while let key = try reader.nextKey(first: &first) {
      if try reader.takeNull() { continue }
      switch key {
      case "serviceName": name = try reader.string()
      case "ipv4", "ipv6":
        // An address is stored by its type, whatever its key; an invalid one is ignored.
        let text = try reader.stringBytes()
        if let address = IPv4Address(digits: text) { ipv4 = address } else { ipv6 = IPv6Address(digits: text) ?? ipv6 }
      case "port":
        let number = try reader.int64()
        if number > 0xffff { throw SpanError("invalid port \(number)") }
        port = UInt16(exactly: number)
      default: try reader.skip()
      }
    }
    return ZipkinEndpoint(serviceName: name, ipv4: ipv4, ipv6: ipv6, port: port)
  }

  private static func annotations(_ reader: inout JSONReader, into draft: inout Draft) throws(SpanError) {
    var first = true
    while try reader.nextElement(first: &first) {
      var timestamp: Int64?
      var value: String?
      var firstKey = true
      while let key = try reader.nextKey(first: &firstKey) {
        switch key {
        case "timestamp": timestamp = try reader.int64()
        case "value": value = try reader.string()
        case "endpoint": throw SpanError.version1
        default: try reader.skip()
        }
      }
      guard let timestamp, let value else { throw SpanError("Incomplete annotation") }
      draft.annotations.append(ZipkinAnnotation(timestamp: timestamp, value: value))
    }
  }

  private static func tags(_ reader: inout JSONReader, into draft: inout Draft) throws(SpanError) {
    var first = true
    while let key = try reader.nextKey(first: &first) {
      if try reader.takeNull() { throw SpanError("No value at tags.\(key.prefix(64))") }
      draft.tags.append(ZipkinTag(key: key, value: try reader.string()))
    }
  }
}

extension SpanError {
  /// The error for a field that only Zipkin's v1 format has.
  static let version1 = SpanError("v1")
}

/// A span's fields, collected in the order in which they are read.
struct Draft {
  var traceID: ZipkinTraceID?
  var id: ZipkinSpanID?
  var parentID: ZipkinSpanID?
  var kind: ZipkinSpan.Kind?
  var name: String?
  var timestamp: Int64?
  var duration: Int64?
  var localEndpoint: ZipkinEndpoint?
  var remoteEndpoint: ZipkinEndpoint?
  var annotations: [ZipkinAnnotation] = []
  var tags: [ZipkinTag] = []
  var debug = false
  var shared = false
  var otlp: OTLPContent?

  /// The span, if it has the identifiers that every span needs.
  func span() throws(SpanError) -> ZipkinSpan {
    guard let traceID else { throw SpanError("Missing traceId") }
    guard let id else { throw SpanError("Missing id") }
    return ZipkinSpan(
      traceID: traceID, id: id, parentID: parentID, kind: kind, name: name, timestamp: timestamp, duration: duration,
      localEndpoint: localEndpoint, remoteEndpoint: remoteEndpoint, annotations: annotations, tags: tags, debug: debug,
      shared: shared, otlp: otlp)
  }
}
