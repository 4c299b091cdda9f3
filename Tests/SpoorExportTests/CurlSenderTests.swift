// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("The sender with a server on a socket")
struct CurlSenderTests {
  static let body = #"[{"traceId":"463ac35c9f6413ad","id":"a2fb4a1d1a96d312"}]"#

  static func settings(_ server: SocketServer, _ change: (inout CurlSettings) -> Void = { _ in }) throws -> CurlSettings
  {
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("http://127.0.0.1:\(server.port)/api/v2/spans")])
    settings.proxy = .off
    change(&settings)
    return settings
  }

  @discardableResult
  static func send(
    _ sender: CurlSender, _ text: String = body, endpoint: Int = 0, timeout: Duration? = nil
  ) -> SendOutcome {
    SignalMask.blockWriteSignals()
    var bytes = GrowingBytes()
    bytes.append(text)
    return sender.send(bytes, as: ZipkinJSONEncoder(), to: endpoint, timeout: timeout)
  }

  @Test("A 202 is a delivery, and the request has the form that Zipkin requires")
  func accepted() throws {
    let server = try SocketServer { _ in .answer(202) }
    let sender = try CurlSender(settings: Self.settings(server))
    #expect(Self.send(sender) == .delivered)
    let request = try #require(server.requests.first)
    #expect(request.head.hasPrefix("POST /api/v2/spans HTTP/1.1\r\n"))
    #expect(request.text == Self.body)
    #expect(request.header("Content-Type") == "application/json")
    #expect(request.header("b3") == "0")
    #expect(request.header("Content-Encoding") == nil)
    #expect(request.header("Expect") == nil)
  }

  @Test("A compressed body is valid gzip, always the same, and small", arguments: [0, 1, 100_000])
  func compressed(spans: Int) throws {
    let server = try SocketServer { _ in .answer(202) }
    let sender = try CurlSender(settings: Self.settings(server) { $0.compression = .always })
    let text = "[" + Array(repeating: Self.body.dropFirst().dropLast(), count: spans).joined(separator: ",") + "]"
    for _ in 0..<2 { #expect(Self.send(sender, text) == .delivered) }
    let request = try #require(server.requests.first)
    #expect(request.header("Content-Encoding") == "gzip")
    #expect(server.requests.last?.body == request.body)
    let file = try Peer.temporaryFile(Data(request.body)).path
    let unzip = "import gzip,sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())"
    #expect(try Peer.run(Peer.python.get(), ["-c", unzip, file]) == text)
    if spans > 1000 { #expect(request.body.count < text.utf8.count / 20) }
  }

  @Test("A connection is reused")
  func keptAlive() throws {
    let server = try SocketServer { _ in .answer(202) }
    let sender = try CurlSender(settings: Self.settings(server))
    for _ in 0..<5 { #expect(Self.send(sender) == .delivered) }
    #expect(server.requests.count == 5)
    #expect(server.connections == 1)
  }

  @Test(
    "The collector's answer decides what happens to the spans",
    arguments: [
      (400, .rejected(status: 400, reason: "")), (413, .rejected(status: 413, reason: "")),
      (200, .delivered), (204, .delivered), (299, .delivered),
      (301, .retryLater(status: 301, after: nil, reason: "")), (401, .retryLater(status: 401, after: nil, reason: "")),
      (404, .retryLater(status: 404, after: nil, reason: "")), (429, .retryLater(status: 429, after: nil, reason: "")),
      (500, .retryLater(status: 500, after: nil, reason: "")), (503, .retryLater(status: 503, after: nil, reason: "")),
    ] as [(Int, SendOutcome)])
  func statuses(status: Int, expected: SendOutcome) throws {
    let server = try SocketServer { _ in
      .answer(status, headers: status == 301 ? ["Location: http://127.0.0.1:1/"] : [], body: status == 204 ? "" : "why")
    }
    let outcome = Self.send(try CurlSender(settings: Self.settings(server)))
    #expect(outcome.withoutReason == expected)
    if let reason = outcome.reason { #expect(reason.contains("answered \(status): why")) }
    #expect(server.requests.count == 1)
  }

  @Test("Retry-After is read as seconds and as a date", arguments: [503, 429])
  func retryAfter(status: Int) throws {
    let date = Date(timeIntervalSinceNow: 3600)
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let text = formatter.string(from: date)
    let server = try SocketServer { request in
      .answer(
        status, headers: [request.connection == 0 ? "Retry-After: 120" : "Retry-After: \(text)", "Connection: close"])
    }
    let sender = try CurlSender(settings: Self.settings(server))
    #expect(Self.send(sender).retryAfter == .seconds(120))
    let byDate = try #require(Self.send(sender).retryAfter)
    #expect(byDate > .seconds(3500) && byDate <= .seconds(3600))
  }
}

extension SendOutcome {
  var reason: String? {
    switch self {
    case .delivered, .partlyDelivered: nil
    case .rejected(_, let reason), .retryLater(_, _, let reason), .unreachable(let reason): reason
    }
  }

  var retryAfter: Duration? {
    if case .retryLater(_, let after, _) = self { after } else { nil }
  }

  var withoutReason: SendOutcome {
    switch self {
    case .delivered, .partlyDelivered: .delivered
    case .rejected(let status, _): .rejected(status: status, reason: "")
    case .retryLater(let status, let after, _): .retryLater(status: status, after: after, reason: "")
    case .unreachable: .unreachable(reason: "")
    }
  }
}
