// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Request {
  /// The largest body that a service reads. An order has a few hundred bytes.
  static let bodyLimitBytes = 64 * 1024

  /// Decodes the body as JSON.
  ///
  /// - Throws: a ``Problem``: 413 above ``bodyLimitBytes``, before reading if the client sent the length; 400 with the
  ///   field that is missing or has the wrong type.
  func json<Value: Decodable>(as type: Value.Type) async throws -> Value {
    let tooLarge = Problem(
      status: .contentTooLarge, field: "body", reason: "must have at most \(Self.bodyLimitBytes) bytes")
    if let length = headers[.contentLength].flatMap(Int.init), length > Self.bodyLimitBytes { throw tooLarge }
    let bytes: ByteBuffer
    do {
      bytes = try await body.collect(upTo: Self.bodyLimitBytes)
    } catch is NIOTooManyBytesError {
      throw tooLarge
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
    } catch let error as DecodingError {
      throw Problem(error)
    }
  }
}

extension Problem {
  /// The problem that a decoding error means for the client.
  init(_ error: DecodingError) {
    let (path, reason): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
      case .valueNotFound(_, let context): (context.codingPath, "must not be null")
      case .typeMismatch(let type, let context): (context.codingPath, "must be of type \(type)")
      case .dataCorrupted(let context): (context.codingPath, "is not valid JSON")
      @unknown default: ([], "cannot be read")
      }
    let field = path.map(\.stringValue).joined(separator: ".")
    self.init(status: .badRequest, field: field.isEmpty ? "body" : field, reason: reason)
  }
}
