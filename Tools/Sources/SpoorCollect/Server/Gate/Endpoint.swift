// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// A path that the collector serves, with its methods.
struct Endpoint: Sendable {
  /// What a page of another origin may do with it through a browser.
  enum Access: Sendable {
    /// Nothing.
    case own
    /// Open it in a tab, as a link does.
    case link
    /// Send records to it, from an origin of `--cors-origin`.
    case send
  }

  /// A content type that a body may have.
  enum Format: Sendable {
    /// Zipkin's JSON and proto3.
    case spans
    /// Lines of JSON.
    case lines
    /// OTLP's export requests, in protobuf or JSON.
    case otlp

    /// The media types. curl's own `application/x-www-form-urlencoded` is among them: a form of a page cannot use it,
    /// because browsers name the origin of every POST.
    var types: Set<String> {
      switch self {
      case .spans:
        [
          "application/json", "application/x-protobuf", "application/protobuf", "application/x-www-form-urlencoded",
          "application/octet-stream", "text/plain", "text/json",
        ]
      case .lines:
        [
          "application/json", "application/x-ndjson", "application/ndjson", "application/jsonl",
          "application/json-lines",
          "application/jsonlines", "application/stream+json", "application/x-www-form-urlencoded",
          "application/octet-stream", "text/plain", "text/json",
        ]
      // The type tells how to read the body, and how to answer.
      case .otlp: ["application/x-protobuf", "application/protobuf", "application/json"]
      }
    }
  }

  enum Work: Sendable {
    /// Answers GET and HEAD.
    case get(Access, @Sendable (IncomingRequest) async throws -> Response)
    /// Answers POST with a body.
    case post(Format, @Sendable (IncomingRequest) async throws -> Response)
  }

  /// The path's segments; one that begins with `:` matches any text.
  let segments: [Substring]
  let work: Work

  init(_ path: String, _ work: Work) {
    segments = Self.segments(of: path)
    self.work = work
  }

  static func get(
    _ path: String, access: Access = .own, _ answer: @escaping @Sendable (IncomingRequest) async throws -> Response
  ) -> Endpoint { Endpoint(path, .get(access, answer)) }

  static func post(
    _ path: String, _ format: Format, _ answer: @escaping @Sendable (IncomingRequest) async throws -> Response
  ) -> Endpoint { Endpoint(path, .post(format, answer)) }

  var allowedMethods: [String] {
    switch work {
    case .get: ["GET", "HEAD"]
    case .post: ["POST"]
    }
  }

  static func segments(of path: String) -> [Substring] { path.split(separator: "/") }

  /// Whether a path matches, and the text of its variable segment.
  func match(_ path: [Substring]) -> Substring?? {
    guard path.count == segments.count else { return nil }
    var value: Substring?
    for (wanted, found) in zip(segments, path) {
      if wanted.hasPrefix(":") { value = found } else if wanted != found { return nil }
    }
    return .some(value)
  }
}
