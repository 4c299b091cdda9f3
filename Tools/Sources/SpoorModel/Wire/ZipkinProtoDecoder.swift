// SPDX-License-Identifier: Apache-2.0

/// Reads Zipkin's proto3 messages (`zipkin.proto`, `ListOfSpans`), with the leniency of the real server.
public enum ZipkinProtoDecoder {
  /// The spans of a `ListOfSpans`.
  ///
  /// - Throws: ``SpanError`` with the server's message, also for the first invalid span.
  public static func spans(_ bytes: [UInt8]) throws(SpanError) -> [ZipkinSpan] {
    var spans: [ZipkinSpan] = []
    if let error = try read(bytes, { spans.append($0) }).first { throw error }
    return spans
  }

  /// Calls `take` with each span of a `ListOfSpans`, in order, and returns the errors of the first hundred elements
  /// that are not valid spans.
  ///
  /// - Throws: ``SpanError`` if the list as a whole cannot be read; `take` may have been called by then.
  public static func read(_ bytes: [UInt8], _ take: (ZipkinSpan) -> Void) throws(SpanError) -> [SpanError] {
    var list = try SpanListReader(bytes, isProto: true)
    return try list.readAll(take)
  }

  static func span(_ reader: inout ProtoReader) throws(SpanError) -> ZipkinSpan {
    var draft = Draft()
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): draft.traceID = try traceID(try reader.slice())
      case (2, .lengthDelimited):
        draft.parentID = ZipkinSpanID(try identifier(try reader.slice(), field: "parentId"))
      case (3, .lengthDelimited):
        guard let id = ZipkinSpanID(try identifier(try reader.slice(), field: "id")) else {
          throw SpanError("id is all zeros")
        }
        draft.id = id
      // 0 is "unspecified"; a number that this version does not know is read as 0.
      case (4, .varint): draft.kind = UInt8(exactly: try reader.varint()).flatMap { ZipkinSpan.Kind(rawValue: $0) }
      case (5, .lengthDelimited): draft.name = try reader.string()
      case (6, .fixed64): draft.timestamp = Int64(bitPattern: try reader.fixed64())
      case (7, .varint): draft.duration = Int64(bitPattern: try reader.varint())
      case (8, .lengthDelimited): draft.localEndpoint = try endpoint(&reader)
      case (9, .lengthDelimited): draft.remoteEndpoint = try endpoint(&reader)
      case (10, .lengthDelimited): draft.annotations.append(try annotation(&reader))
      case (11, .lengthDelimited): draft.tags.append(try tag(&reader))
      case (12, .varint): draft.debug = try reader.varint() != 0
      case (13, .varint): draft.shared = try reader.varint() != 0
      default: try reader.skip(type)
      }
    }
    return try draft.span()
  }

  private static func traceID(_ bytes: ArraySlice<UInt8>) throws(SpanError) -> ZipkinTraceID {
    if bytes.isEmpty { throw SpanError("traceId is empty") }
    if bytes.count > 16 { throw SpanError("traceId.length > 32") }
    let split = max(bytes.startIndex, bytes.endIndex - 8)
    guard let id = ZipkinTraceID(high: number(bytes[..<split]), low: number(bytes[split...])) else {
      throw SpanError("traceId is all zeros")
    }
    return id
  }

  private static func identifier(_ bytes: ArraySlice<UInt8>, field: StaticString) throws(SpanError) -> UInt64 {
    if bytes.isEmpty { throw SpanError("\(field) is empty") }
    if bytes.count > 8 { throw SpanError("\(field).length > 16") }
    return number(bytes)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func endpoint(_ reader: inout ProtoReader) throws(SpanError) -> ZipkinEndpoint? {
    var name: String?
    var ipv4: IPv4Address?
    var ipv6: IPv6Address?
    var port: UInt16?
    try reader.message { reader throws(SpanError) in
      while let (field, type) = try reader.nextField() {
        switch (field, type) {
        case (1, .lengthDelimited): name = try reader.string()
        case (2, .lengthDelimited), (3, .lengthDelimited):
          let bytes = try reader.slice()
          if bytes.count == 4 { ipv4 = IPv4Address(value: UInt32(number(bytes))) }
          if bytes.count == 16 { ipv6 = IPv6Address(high: number(bytes.prefix(8)), low: number(bytes.suffix(8))) }
        case (4, .varint):
          let number = Int64(bitPattern: try reader.varint())
          if number > 0xffff { throw SpanError("invalid port \(number)") }
          port = UInt16(exactly: number)
        default: try reader.skip(type)
        }
      }
    }
    return ZipkinEndpoint(serviceName: name, ipv4: ipv4, ipv6: ipv6, port: port)
  }

  private static func annotation(_ reader: inout ProtoReader) throws(SpanError) -> ZipkinAnnotation {
    var timestamp: Int64 = 0
    var value: String?
    try reader.message { reader throws(SpanError) in
      while let (number, type) = try reader.nextField() {
        switch (number, type) {
        case (1, .fixed64): timestamp = Int64(bitPattern: try reader.fixed64())
        case (2, .lengthDelimited): value = try reader.string()
        default: try reader.skip(type)
        }
      }
    }
    // A timestamp of 0 cannot be distinguished from none; the span's normal form drops such an annotation.
    guard let value else { throw SpanError("Incomplete annotation") }
    return ZipkinAnnotation(timestamp: timestamp, value: value)
  }

  private static func tag(_ reader: inout ProtoReader) throws(SpanError) -> ZipkinTag {
    var key = ""
    var value = ""
    try reader.message { reader throws(SpanError) in
      while let (number, type) = try reader.nextField() {
        switch (number, type) {
        case (1, .lengthDelimited): key = try reader.string()
        case (2, .lengthDelimited): value = try reader.string()
        default: try reader.skip(type)
        }
      }
    }
    return ZipkinTag(key: key, value: value)
  }
}
