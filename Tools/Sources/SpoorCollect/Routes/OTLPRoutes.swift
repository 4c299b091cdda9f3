// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import SpoorModel

/// OTLP over HTTP: spans and log records, in protobuf or JSON.
struct OTLPRoutes: Sendable {
  let spans: SpanIntake
  let logs: OTLPLogIntake

  var endpoints: [Endpoint] {
    [
      .post("/v1/traces", .otlp) { request in
        let (body, share, isProto) = try await proto(request, OTLPRequest.traces(json:))
        let refused = try await malformedIs400 { try await spans.take(share: share) { SpanListReader(otlp: body) } }
        return OTLPAnswer.taken(.spans, refused: refused, isProto: isProto)
      },
      .post("/v1/logs", .otlp) { request in
        let (body, share, isProto) = try await proto(request, OTLPRequest.logs(json:))
        let refused = try await malformedIs400 { try await logs.take(body, share: share) }
        return OTLPAnswer.taken(.logs, refused: refused, isProto: isProto)
      },
    ]
  }

  /// The body in protobuf, whichever encoding it came in.
  private func proto(
    _ request: IncomingRequest, _ convert: @escaping @Sendable ([UInt8]) throws(SpanError) -> [UInt8]
  ) async throws -> (body: [UInt8], share: BodyBudget.Share, isProto: Bool) {
    let (body, share) = try await request.body()
    if BodyRules.isProto(request.headers) { return (body, share, true) }
    // Both are in memory during the conversion, and the result is no longer than the JSON.
    guard share.grow(by: body.count) else { throw BodyReader.tooMuch }
    let converted = try await malformedIs400 { try await spans.workers.run { _ in try convert(body) } }
    share.shrink(by: 2 * body.count - converted.count)
    return (converted, share, false)
  }

  private func malformedIs400<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
      return try await work()
    } catch let error as SpanError {
      throw HTTPError(.badRequest, message: error.description)
    }
  }
}
