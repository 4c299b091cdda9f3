// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// The rules for headers that describe a request's body.
enum BodyRules {
  /// - Throws: `HTTPError` with 415 for an unsupported type, character set or encoding, 413 for an announced size above
  ///   the limit, 417 for an expectation that cannot be met.
  static func check(_ headers: HTTPFields, _ format: Endpoint.Format, limit: Int) throws {
    let encodings = list(headers[values: .contentEncoding])
    let unknown = encodings.first { !["gzip", "x-gzip", "identity"].contains($0) }
    guard unknown == nil, encodings.count(where: { $0 != "identity" }) <= 1 else {
      throw HTTPError(
        .unsupportedMediaType, headers: [.acceptEncoding: "gzip, identity"],
        message: "Content-Encoding must be gzip, once, or absent, but is \(encodings.joined(separator: ", "))")
    }
    try checkType(headers, format)
    if let text = headers[.contentLength] {
      guard let length = Int(text), length >= 0 else {
        throw HTTPError(.badRequest, message: "Content-Length must be a number of bytes, but is \(text.prefix(40))")
      }
      if length > limit { throw BodyReader.tooLarge(limit) }
    }
    if let expectation = headers[.expect], expectation.lowercased() != "100-continue" {
      throw HTTPError(.expectationFailed, message: "Expect must be 100-continue or absent")
    }
  }

  private static func checkType(_ headers: HTTPFields, _ format: Endpoint.Format) throws {
    guard let text = headers[.contentType], !text.isEmpty else {
      if format == .otlp { throw wrongType("missing", format) }
      return
    }
    let parts = text.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" } }
    let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
    guard format.types.contains(parts.first ?? ""), ["utf-8", "utf8", "us-ascii", nil].contains(charset) else {
      throw wrongType("\(text.prefix(100))", format)
    }
  }

  private static func wrongType(_ found: String, _ format: Endpoint.Format) -> HTTPError {
    let types = format == .lines ? "application/x-ndjson" : "application/json or application/x-protobuf"
    return HTTPError(
      .unsupportedMediaType,
      headers: [.accept: format == .lines ? types : "application/json, application/x-protobuf"],
      message: "Content-Type must be \(types), in UTF-8, but is \(found)")
  }

  /// Whether the body is gzip.
  static func isPacked(_ headers: HTTPFields) -> Bool {
    list(headers[values: .contentEncoding]).contains { $0.hasSuffix("gzip") }
  }

  /// Whether the body is protobuf.
  static func isProto(_ headers: HTTPFields) -> Bool {
    let type = (headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
    return type == "application/x-protobuf" || type == "application/protobuf"
  }

  private static func list(_ values: [String]) -> [String] {
    values.joined(separator: ",").lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
      .filter { !$0.isEmpty }
  }
}
