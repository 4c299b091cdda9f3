// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("The sender with faulty servers")
struct CurlSenderFailureTests {
  typealias Base = CurlSenderTests

  func send(_ reply: SocketServer.Reply, _ change: (inout CurlSettings) -> Void = { _ in }) throws -> SendOutcome {
    let server = try SocketServer { _ in reply }
    return Base.send(try CurlSender(settings: Base.settings(server, change)))
  }

  /// The batch is held, for a reason that contains this text.
  ///
  /// - Parameter isUnreached: whether it is certain that no collector has judged it.
  func expectKept(_ outcome: SendOutcome, _ text: String, status: Int? = nil, isUnreached: Bool = false) {
    let expected: SendOutcome =
      isUnreached ? .unreachable(reason: "") : .retryLater(status: status, after: nil, reason: "")
    #expect(outcome.withoutReason == expected)
    #expect(outcome.reason?.contains(text) == true, "\(outcome.reason ?? "")")
  }

  @Test("A server that hangs is abandoned after the time-out")
  func hangs() throws {
    let began = ContinuousClock.now
    expectKept(try send(.hang) { $0.timeout = .milliseconds(200) }, "Timeout was reached")
    #expect(.now - began < .seconds(5))
  }

  @Test("A request may have less time than the settings allow")
  func hurries() throws {
    let server = try SocketServer { _ in .hang }
    let sender = try CurlSender(settings: Base.settings(server) { $0.timeout = .seconds(60) })
    let began = ContinuousClock.now
    expectKept(Base.send(sender, timeout: .milliseconds(100)), "Timeout was reached")
    #expect(.now - began < .seconds(5))
  }

  @Test("A request ends when it is cancelled")
  func stops() throws {
    let server = try SocketServer { _ in .hang }
    let sender = try CurlSender(settings: Base.settings(server) { $0.timeout = .seconds(60) }) {
      // As soon as the request has arrived.
      !server.requests.isEmpty
    }
    let began = ContinuousClock.now
    expectKept(Base.send(sender), "aborted by an application callback", isUnreached: true)
    #expect(.now - began < .seconds(10))
  }

  @Test(
    "An answer without a complete head does not count",
    arguments: ["", "HTTP/1.1 202 Acc", "HTTP/1.1 202 Accepted\r\n", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n"])
  func closesEarly(_ text: String) throws {
    let outcome = try send(text.isEmpty ? .close : .raw(text))
    #expect(outcome.withoutReason == .retryLater(status: nil, after: nil, reason: ""))
  }

  @Test("A complete head is an answer, whatever happens to the body")
  func closesInTheBody() throws {
    #expect(try send(.raw("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nabc")) == .delivered)
    let refused = try send(.raw("HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nCannot gunzip"))
    #expect(refused.withoutReason == .rejected(status: 400, reason: ""))
    #expect(refused.reason?.hasSuffix("answered 400: Cannot gunzip") == true)
  }

  @Test("100 Continue is not the answer", arguments: [("202 Accepted", true), ("503 Busy", false)])
  func informational(_ final: String, _ isDelivered: Bool) throws {
    let outcome = try send(.raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 \(final)\r\nContent-Length: 0\r\n\r\n"))
    #expect((outcome == .delivered) == isDelivered)
    #expect(try send(.raw("HTTP/1.1 103 Early Hints\r\n\r\n")) != .delivered)
  }

  @Test(
    "A server that does not speak HTTP is not a collector",
    arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "220 mail ready\r\n", "\u{0}\u{1}\u{2}", "202 Accepted\r\n\r\n"])
  func noHTTP(_ text: String) throws {
    let outcome = try send(.raw(text))
    #expect(outcome.withoutReason == .retryLater(status: nil, after: nil, reason: ""))
  }

  @Test(
    "A huge answer is read up to a limit",
    arguments: [
      ("HTTP/1.1 202 Accepted\r\n\r\n", .delivered),
      ("HTTP/1.1 400 Bad\r\n\r\n", .rejected(status: 400, reason: "")),
      ("HTTP/1.1 503 Busy\r\n\r\n", .retryLater(status: 503, after: nil, reason: "")),
      ("HTTP/1.1 202 Accepted\r\nX: ", .retryLater(status: nil, after: nil, reason: "")),
    ] as [(String, SendOutcome)])
  func hugeAnswer(_ head: String, _ expected: SendOutcome) throws {
    let outcome = try send(.endless(head)) { $0.timeout = .seconds(60) }
    #expect(outcome.withoutReason == expected)
    #expect(outcome.reason?.count ?? 0 < 1000)
  }

  @Test("A head with too many lines is not read")
  func hugeHead() throws {
    let lines = (0..<20_000).map { "X-\($0): y\r\n" }.joined()
    let outcome = try send(.raw("HTTP/1.1 202 Accepted\r\n\(lines)\r\n"))
    #expect(outcome.withoutReason == .retryLater(status: nil, after: nil, reason: ""))
  }

  @Test("A closed port and an unreachable host are reported")
  func nobody() throws {
    // A port that was free a moment ago.
    let port = try SocketServer { _ in .close }.port
    for (url, why) in [("http://127.0.0.1:\(port)/", "connect"), ("http://nowhere.invalid/", "resolve")] {
      var settings = CurlSettings(endpoints: [try CollectorEndpoint(url)])
      settings.proxy = .off
      expectKept(Base.send(try CurlSender(settings: settings)), why, isUnreached: true)
    }
  }

  @Test("Over IPv6")
  func v6() throws {
    let server = try SocketServer(v6: true) { _ in .answer(202) }
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("http://[::1]:\(server.port)/api/v2/spans")])
    settings.proxy = .off
    #expect(Base.send(try CurlSender(settings: settings)) == .delivered)
  }

  @Test("A control character in an answer does not reach the reason")
  func cleanReason() throws {
    let reason = try send(.answer(400, body: "bad\nforged line\u{1b}[31m\u{7f}")).reason
    #expect(reason?.hasSuffix("answered 400: bad forged line [31m") == true)
  }
}
