// SPDX-License-Identifier: Apache-2.0

public import AsyncHTTPClient
import Foundation
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Spoor

/// Calls other services on request, as the W3C's public trace-context test suite requires.
///
/// It reads and writes no trace header itself: Hummingbird's tracing middleware and AsyncHTTPClient do, through the
/// installed tracer.
///
/// It calls any address that it is given, so let it listen on loopback only.
public struct TraceContextRelay: Sendable {
  /// The largest body that is read.
  public static let bodyLimitBytes = 1 << 20

  private let http: HTTPClient
  private let timeout: Duration
  private let log = Logger(label: "relay")

  /// - Parameters:
  ///   - http: makes the calls. It keeps the tracer that it finds when it is created, so bootstrap Spoor before.
  ///   - timeout: the time-out of each call.
  public init(http: HTTPClient, timeout: Duration = .seconds(10)) {
    self.http = http
    self.timeout = timeout
  }

  /// Adds `POST /test`.
  ///
  /// It accepts a JSON array of `{"url": …, "arguments": …}` and sends the `arguments` of each to its `url` as the JSON
  /// body of a POST, one after the other. It answers 200, 400 if the body is anything else, and 502 if a call got no
  /// answer.
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

  /// Whether the call was answered with any status. A call without an answer is logged.
  private func makes(_ call: RelayCall) async -> Bool {
    await withRecovery("call_failed", logger: log, metadata: ["url": .string(call.url)]) {
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
  }
}
