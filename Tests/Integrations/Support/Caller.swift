// SPDX-License-Identifier: Apache-2.0

package import AsyncHTTPClient
import NIOCore
import NIOHTTP1
package import Tracing

/// A client without tracing, which sends exactly the given headers.
package struct Caller: Sendable {
  private let http: HTTPClient

  private init() {
    var configuration = HTTPClient.Configuration()
    configuration.tracing.tracer = nil
    http = HTTPClient(configuration: configuration)
  }

  package nonisolated(nonsending) static func with<Result: Sendable>(
    _ body: nonisolated(nonsending) (Caller) async throws -> Result
  ) async throws -> Result {
    let caller = Caller()
    do {
      let result = try await body(caller)
      try await caller.http.shutdown()
      return result
    } catch {
      try? await caller.http.shutdown()
      throw error
    }
  }

  /// - Parameter headers: sent in this order, one line each, repeated names included.
  /// - Returns: the status and the body's text.
  @discardableResult
  package func post(
    _ url: String, _ headers: [(String, String)] = [], body: String = ""
  ) async throws -> (status: Int, text: String) {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers = HTTPHeaders(headers)
    request.body = .bytes(ByteBuffer(string: body))
    let response = try await http.execute(request, timeout: .seconds(120))
    let text = try await String(buffer: response.body.collect(upTo: 1 << 20))
    return (Int(response.status.code), text)
  }

  /// - Returns: the status, and the answer's headers by name in lower case.
  package func get(
    _ url: String, _ headers: [(String, String)] = []
  ) async throws -> (status: Int, headers: [String: String]) {
    var request = HTTPClientRequest(url: url)
    request.headers = HTTPHeaders(headers)
    let response = try await http.execute(request, timeout: .seconds(120))
    _ = try await response.body.collect(upTo: 1 << 20)
    let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
    return (Int(response.status.code), Dictionary(pairs) { first, _ in first })
  }
}

/// A client that is traced by the given tracer.
package nonisolated(nonsending) func withTracedClient<Result: Sendable>(
  _ tracer: any Tracer, _ body: nonisolated(nonsending) (HTTPClient) async throws -> Result
) async throws -> Result {
  var configuration = HTTPClient.Configuration()
  configuration.tracing.tracer = tracer
  let http = HTTPClient(configuration: configuration)
  do {
    let result = try await body(http)
    try await http.shutdown()
    return result
  } catch {
    try? await http.shutdown()
    throw error
  }
}
