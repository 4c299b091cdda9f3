public import AsyncHTTPClient
import Foundation
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Spoor

/// Calls others on behalf of whoever calls it: what the public W3C trace-context test suite drives.
///
/// Nothing here reads or writes a trace header: Hummingbird's tracing middleware and AsyncHTTPClient do, through the tracer
/// that is installed.
///
/// It calls whatever address it is told. Let it listen on loopback only.
public struct TraceContextRelay: Sendable {
  /// The largest body that is read.
  public static let bodyLimitBytes = 1 << 20

  private let http: HTTPClient
  private let timeout: Duration
  private let log = Logger(label: "relay")

  /// - Parameters:
  ///   - http: makes the calls. It takes the tracer when it is made: bootstrap Spoor before.
  ///   - timeout: for each call.
  public init(http: HTTPClient, timeout: Duration = .seconds(10)) {
    self.http = http
    self.timeout = timeout
  }

  /// Adds `POST /test`.
  ///
  /// It takes a JSON array of `{"url": …, "arguments": …}`, sends each one's `arguments` to its `url` as the JSON body of a
  /// POST, one after the other, and answers 200; 400 where the body is anything else, 502 where a call got no answer.
  public func addRoutes(to router: Router<some RequestContext>) {
    router.post("test") { request, _ -> HTTPResponse.Status in
      let body = try await request.body.collect(upTo: Self.bodyLimitBytes)
      let calls: [RelayCall]
      do throws(MalformedRelayRequest) {
        calls = try RelayCall.list(from: Data(body.readableBytesView))
      } catch {
        throw HTTPError(.badRequest, message: error.reason)
      }
      var failures = 0
      for call in calls where await !makes(call) { failures += 1 }
      return failures == 0 ? .ok : .badGateway
    }
  }

  /// Whether the call was answered, with whatever status. A call that was not is logged.
  private func makes(_ call: RelayCall) async -> Bool {
    do {
      return try await withRecovery("call_failed", logger: log, metadata: ["url": .string(call.url)]) {
        var request = HTTPClientRequest(url: call.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: call.body))
        let response = try await http.execute(request, timeout: TimeAmount(timeout))
        _ = try await response.body.collect(upTo: Self.bodyLimitBytes)
        return true
      } fallback: { _ in
        false
      }
    } catch {
      return false
    }
  }
}
