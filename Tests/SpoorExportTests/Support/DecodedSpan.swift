// SPDX-License-Identifier: Apache-2.0

/// A span as a decoder reports it: the expectation of a test, and the result of other projects' decoders.
struct DecodedSpan: Codable, Equatable, Sendable {
  struct Endpoint: Codable, Equatable, Sendable {
    var serviceName: String?
    var ipv4: String?
    var ipv6: String?
    var port: Int?
  }

  struct Annotation: Codable, Equatable, Sendable {
    var timestamp: UInt64
    var value: String
  }

  var traceId = "463ac35c9f6413ad48485a3953bb6124"
  var parentId: String?
  var id = "a2fb4a1d1a96d312"
  var kind: String?
  var name: String? = "place order"
  var timestamp: UInt64? = 1_699_366_981_234_567
  var duration: UInt64? = 1234
  var localEndpoint: Endpoint? = Endpoint(serviceName: "order-service")
  var remoteEndpoint: Endpoint?
  var annotations: [Annotation]?
  var tags: [String: String]?
  var debug: Bool?
  var shared: Bool?

  /// As reported by a decoder that reads a 64-bit trace id in proto3 as one of 128 bits with leading zeros.
  var withLongTraceID: DecodedSpan {
    var copy = self
    copy.traceId = String(repeating: "0", count: 32 - traceId.count) + traceId
    return copy
  }
}
