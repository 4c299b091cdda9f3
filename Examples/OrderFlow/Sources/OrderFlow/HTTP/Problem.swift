import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request that is answered with an error: a status, the field that is at fault where there is one, and why.
struct Problem: HTTPResponseError, CustomStringConvertible {
  let status: HTTPResponse.Status
  /// The path of the field, such as `customer.name`.
  var field: String?
  let reason: String

  var description: String {
    field.map { "\($0): \(reason)" } ?? reason
  }

  /// The body of the answer: `{"error":{"field":…,"reason":…}}`.
  struct Body: Codable, Sendable {
    struct Details: Codable, Sendable {
      var field: String?
      var reason: String
    }

    var error: Details
  }

  func response(from request: Request, context: some RequestContext) throws -> Response {
    try .json(Body(error: .init(field: field, reason: reason)), status: status)
  }
}

extension Response {
  /// An answer with `value` as JSON.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let bytes = ByteBuffer(bytes: try JSONEncoder().encode(value))
    return Response(
      status: status, headers: [.contentType: "application/json", .contentLength: String(bytes.readableBytes)],
      body: .init(byteBuffer: bytes))
  }
}
