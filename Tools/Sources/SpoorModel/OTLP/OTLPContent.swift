// SPDX-License-Identifier: Apache-2.0

/// What OTLP says of a span beyond Zipkin's fields, as it was received.
public struct OTLPContent: Sendable, Hashable {
  /// The resource and the scope.
  public let origin: OTLPOrigin
  private let body: [UInt8]
  private let range: Range<Int>

  /// A message `Span` within a body.
  package init(body: [UInt8], range: Range<Int>, origin: OTLPOrigin) {
    self.body = body
    self.range = range
    self.origin = origin
  }

  /// The message `Span`.
  package var bytes: ArraySlice<UInt8> { body[range] }

  /// The span with all its values, read anew with each call; `nil` if it cannot be read.
  public var span: OTLPSpan? {
    var reader = ProtoReader(body, content: "OTLP").within(range)
    return try? OTLPSpan(&reader)
  }

  /// Whether the bytes and the origins are equal.
  public static func == (one: OTLPContent, other: OTLPContent) -> Bool {
    one.bytes == other.bytes && one.origin == other.origin
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
