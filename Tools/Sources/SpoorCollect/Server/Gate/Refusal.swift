// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// An answer other than what was asked for: a status, what was wrong, and headers such as `Retry-After`.
struct Refusal {
  let status: HTTPResponse.Status
  let text: String
  let headers: HTTPFields

  init(_ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]) {
    (self.status, self.text, self.headers) = (status, text, headers)
  }

  /// 503 with `Retry-After`.
  static func busy(_ text: String) -> Refusal { Refusal(.serviceUnavailable, text, [.retryAfter: "1"]) }

  /// 429 if too much is waiting and 503 if the file cannot be written, both with `Retry-After`; 400 if records were
  /// left out, which the text names.
  init(_ refusal: IngestQueue.Refusal) {
    switch refusal {
    case .full: self.init(.tooManyRequests, "Too much is waiting to be written", [.retryAfter: "1"])
    case .failed(let reason): self = .busy("Cannot be stored: \(reason)")
    case .record(let reason, _, _): self.init(.badRequest, "\(reason)\nAll others were stored")
    }
  }

  /// The answer: text, or what OTLP's senders expect.
  func response(to request: HTTPFields, _ format: Endpoint.Format?) -> Response {
    var response =
      format == .otlp && OTLPAnswer.hasKnownType(request)
      ? OTLPAnswer.status(self, isProto: BodyRules.isProto(request)) : Answers.text(text, status: status)
    for field in headers { response.headers[field.name] = field.value }
    return response
  }
}
