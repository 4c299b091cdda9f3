// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An error answer: a status, the invalid field if there is one, and the reason.
struct Problem: HTTPResponseError, CustomStringConvertible {
  let status: HTTPResponse.Status
  /// The path of the invalid field, such as `customer.name`.
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
  /// The answer of `work`, or of the ``Problem`` that it threw.
  ///
  /// An error of the client (4xx) is answered and is no failure of the service. From 500 on the problem is
  /// rethrown, so that the tracing middleware marks the span.
  static func answering(
    _ request: Request, _ context: some RequestContext, _ work: () async throws -> Response
  ) async throws -> Response {
    do {
      return try await work()
    } catch let problem as Problem where problem.status.code < 500 {
      return try problem.response(from: request, context: context)
    }
  }

  /// Makes an answer with `value` as JSON.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let bytes = ByteBuffer(bytes: try JSONEncoder().encode(value))
    return Response(
      status: status, headers: [.contentType: "application/json", .contentLength: String(bytes.readableBytes)],
      body: .init(byteBuffer: bytes))
  }
}

extension HTTPResponse.Status {
  /// 402 Payment Required.
  static let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
}
