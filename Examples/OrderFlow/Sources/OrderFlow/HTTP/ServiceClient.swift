// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A client of another service: JSON over HTTP. AsyncHTTPClient writes the client span and the headers.
struct ServiceClient: Sendable {
  /// The service's name, for errors and spans.
  let service: String
  /// The address, such as `http://127.0.0.1:40123`.
  let address: String
  let http: HTTPClient

  /// Sends `value` in a POST request and decodes the answer.
  ///
  /// - Parameter timeout: from the request to the last byte of the answer.
  /// - Throws: ``DownstreamError``; ``ServiceTimeout`` after `timeout`; ``ServiceUnreachable``.
  func post<Answer: Decodable>(
    _ path: String, _ value: some Encodable, as type: Answer.Type, timeout: Duration = .seconds(10)
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: address + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(value)))
    return try await send(request, as: type, timeout: timeout)
  }

  /// Sends a GET request and decodes the answer.
  func get<Answer: Decodable>(
    _ path: String, as type: Answer.Type, timeout: Duration = .seconds(10)
  ) async throws -> Answer {
    try await send(HTTPClientRequest(url: address + path), as: type, timeout: timeout)
  }

  private func send<Answer: Decodable>(
    _ request: HTTPClientRequest, as type: Answer.Type, timeout: Duration
  ) async throws -> Answer {
    let (status, bytes): (UInt, ByteBuffer)
    do {
      let response = try await http.execute(request, timeout: TimeAmount(timeout))
      status = response.status.code
      bytes = try await response.body.collect(upTo: 1 << 20)
    } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
      throw ServiceTimeout(service: service, after: timeout)
    } catch let error as NIOConnectionError {
      throw ServiceUnreachable(service: service, wasReached: false, cause: error)
    } catch let error where error is IOError || (error as? HTTPClientError) == .remoteConnectionClosed {
      // NIO reports a refused connection to an address without a look-up as it is, not wrapped in another error.
      let isRefused = (error as? IOError)?.errnoCode == ECONNREFUSED
      throw ServiceUnreachable(service: service, wasReached: !isRefused, cause: error)
    }
    guard (200..<300).contains(status) else {
      let problem = try? JSONDecoder().decode(Problem.Body.self, from: Data(bytes.readableBytesView))
      throw DownstreamError(
        service: service, status: Int(status), reason: problem?.error.reason ?? "no reason given",
        field: problem?.error.field)
    }
    return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
  }
}

/// A service did not answer in time.
struct ServiceTimeout: Error, CustomStringConvertible {
  let service: String
  let after: Duration

  var description: String {
    "no answer from \(service) in \(after.inMilliseconds)"
  }
}

/// A service is unreachable, or closed the connection before it answered.
struct ServiceUnreachable: Error, CustomStringConvertible {
  let service: String
  /// Whether the service may have received the request.
  let wasReached: Bool
  let cause: any Error

  var description: String {
    wasReached ? "\(service) closed the connection without an answer" : "\(service) is unreachable"
  }
}

/// A service answered with an error status.
struct DownstreamError: Error, CustomStringConvertible {
  let service: String
  let status: Int
  let reason: String
  var field: String?

  var description: String { "\(service) answered \(status): \(reason)" }
}
