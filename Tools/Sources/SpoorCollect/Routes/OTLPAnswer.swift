// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import SpoorModel

/// OTLP's answers, in protobuf or JSON as the request was.
enum OTLPAnswer {
  /// Which records an answer is about.
  enum Signal: Sendable { case spans, logs }

  /// Whether a request is of a type in which it can be answered.
  static func hasKnownType(_ headers: HTTPFields) -> Bool {
    let type = (headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
    return Endpoint.Format.otlp.types.contains(String(type))
  }

  /// An `ExportTraceServiceResponse` or `ExportLogsServiceResponse`, with a `partial_success` if records were refused.
  static func taken(_ signal: Signal, refused: Refused, isProto: Bool) -> Response {
    guard refused.count > 0 else { return response(isProto ? [] : Array("{}".utf8), isProto: isProto) }
    if isProto { return response(OTLPResponses.partialSuccess(refused.count, refused.text), isProto: true) }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("partialSuccess")
      writer.object { writer in
        writer.key(signal == .spans ? "rejectedSpans" : "rejectedLogRecords")
        writer.string(String(refused.count))
        writer.key("errorMessage")
        writer.string(refused.text)
      }
    }
    return response(writer.bytes, isProto: false)
  }

  /// A `google.rpc.Status`.
  static func status(_ refusal: Refusal, isProto: Bool) -> Response {
    let code = code(of: refusal.status)
    if isProto { return response(OTLPResponses.status(code, refusal.text), isProto: true, status: refusal.status) }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("code")
      writer.number(code)
      writer.key("message")
      writer.string(refusal.text)
    }
    return response(writer.bytes, isProto: false, status: refusal.status)
  }

  /// The code of `google.rpc.Code` that stands for a status.
  private static func code(of status: HTTPResponse.Status) -> Int {
    switch status.code {
    case 403: 7  // PERMISSION_DENIED
    case 404: 5  // NOT_FOUND
    case 405, 415: 12  // UNIMPLEMENTED
    case 413: 11  // OUT_OF_RANGE
    case 429: 8  // RESOURCE_EXHAUSTED
    case 503: 14  // UNAVAILABLE
    default: 3  // INVALID_ARGUMENT
    }
  }

  private static func response(_ bytes: [UInt8], isProto: Bool, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: isProto ? "application/x-protobuf" : "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
