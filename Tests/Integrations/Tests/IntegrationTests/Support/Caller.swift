import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Tracing

/// A client that sends exactly the headers it is told: nothing traces it.
struct Caller: Sendable {
  private let http: HTTPClient

  private init() {
    var configuration = HTTPClient.Configuration()
    configuration.tracing.tracer = nil
    http = HTTPClient(configuration: configuration)
  }

  nonisolated(nonsending) static func with<Result: Sendable>(
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

  /// - Parameter headers: sent in this order, each on a line of its own, repeated names too.
  /// - Returns: the status and the body's text.
  @discardableResult
  func post(
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
}

/// A client that is traced, by the tracer that it is given.
nonisolated(nonsending) func withTracedClient<Result: Sendable>(
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
