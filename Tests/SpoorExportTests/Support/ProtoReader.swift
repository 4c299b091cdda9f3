// SPDX-License-Identifier: Apache-2.0

/// Reads zipkin.proto's messages strictly. Unknown fields, fields out of order, lengths that do not fit and invalid
/// UTF-8 are errors.
struct ProtoReader {
  struct Malformed: Error {
    let why: String
  }

  private var rest: ArraySlice<UInt8>
  private var last = 0

  init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(bytes) }

  static func listOfSpans(_ bytes: [UInt8]) throws -> [DecodedSpan] {
    var reader = ProtoReader(bytes)
    var spans: [DecodedSpan] = []
    while let field = try reader.field() {
      guard field == (1, 2) else { throw Malformed(why: "field \(field) of a list") }
      spans.append(try span(reader.bytes()))
    }
    return spans
  }

  private static func span(_ bytes: ArraySlice<UInt8>) throws -> DecodedSpan {
    var reader = ProtoReader(bytes)
    var span = DecodedSpan(traceId: "", id: "", name: nil, timestamp: nil, duration: nil, localEndpoint: nil)
    let kinds = ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"]
    while let field = try reader.field() {
      switch field {
      case (1, 2): span.traceId = try reader.hex(16)
      case (2, 2): span.parentId = try reader.hex(8)
      case (3, 2): span.id = try reader.hex(8)
      case (4, 0): span.kind = kinds[Int(try reader.varint()) - 1]
      case (5, 2): span.name = try reader.text()
      case (6, 1): span.timestamp = try reader.fixed()
      case (7, 0): span.duration = try reader.varint()
      case (8, 2): span.localEndpoint = try endpoint(reader.bytes())
      case (9, 2): span.remoteEndpoint = try endpoint(reader.bytes())
      case (10, 2): span.annotations = try (span.annotations ?? []) + [annotation(reader.bytes())]
      case (11, 2):
        var entry = ProtoReader(try reader.bytes())
        try entry.expect(1, 2)
        let key = try entry.text()
        try entry.expect(2, 2)
        let value = try entry.text()
        let old = span.tags ?? [:]
        span.tags = try old.merging([key: value]) { _, _ in throw Malformed(why: "the key \(key) twice") }
      case (12, 0): span.debug = try reader.varint() == 1
      case (13, 0): span.shared = try reader.varint() == 1
      default: throw Malformed(why: "field \(field) of a span")
      }
    }
    return span
  }

  private static func endpoint(_ bytes: ArraySlice<UInt8>) throws -> DecodedSpan.Endpoint {
    var reader = ProtoReader(bytes)
    var endpoint = DecodedSpan.Endpoint()
    while let field = try reader.field() {
      switch field {
      case (1, 2): endpoint.serviceName = try reader.text()
      case (2, 2): endpoint.ipv4 = try reader.bytes().map(String.init).joined(separator: ".")
      case (3, 2):
        // The table has one form of the address; the JSON encoder's tests cover RFC 5952's short form.
        let hex = try reader.hex(16)
        endpoint.ipv6 = hex == "20010db8000000000000000000000001" ? "2001:db8::1" : hex
      case (4, 0): endpoint.port = Int(try reader.varint())
      default: throw Malformed(why: "field \(field) of an endpoint")
      }
    }
    return endpoint
  }

  private static func annotation(_ bytes: ArraySlice<UInt8>) throws -> DecodedSpan.Annotation {
    var reader = ProtoReader(bytes)
    try reader.expect(1, 1)
    let timestamp = try reader.fixed()
    try reader.expect(2, 2)
    return DecodedSpan.Annotation(timestamp: timestamp, value: try reader.text())
  }

  /// The number and wire type of the next field; nil at the end.
  private mutating func field() throws -> (Int, Int)? {
    guard !rest.isEmpty else { return nil }
    let tag = Int(try varint())
    guard tag >> 3 >= last else { throw Malformed(why: "field \(tag >> 3) after \(last)") }
    last = tag >> 3
    return (tag >> 3, tag & 7)
  }

  private mutating func expect(_ number: Int, _ wireType: Int) throws {
    guard let field = try field(), field == (number, wireType) else { throw Malformed(why: "no field \(number)") }
  }

  private mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed(why: "a number that ends early") }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 {
        guard byte != 0 || shift == 0 else { throw Malformed(why: "a number that is longer than it needs to be") }
        return value
      }
    }
    throw Malformed(why: "a number of more than 64 bits")
  }

  private mutating func fixed() throws -> UInt64 {
    guard rest.count >= 8 else { throw Malformed(why: "8 bytes that end early") }
    defer { rest = rest.dropFirst(8) }
    return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func bytes() throws -> ArraySlice<UInt8> {
    let length = Int(try varint())
    guard length <= rest.count else { throw Malformed(why: "\(length) bytes where \(rest.count) are left") }
    defer { rest = rest.dropFirst(length) }
    return rest.prefix(length)
  }

  private mutating func hex(_ count: Int) throws -> String {
    let bytes = try bytes()
    guard bytes.count == count else { throw Malformed(why: "an id of \(bytes.count) bytes") }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private mutating func text() throws -> String {
    guard let text = String(validating: try bytes(), as: UTF8.self) else {
      throw Malformed(why: "text that is not UTF-8")
    }
    return text
  }
}
