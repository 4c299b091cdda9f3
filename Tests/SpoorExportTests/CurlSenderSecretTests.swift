// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("Secrets of the sender")
struct CurlSenderSecretTests {
  static let secrets = ["s3cret", "bob%40home", "bob@home", "Ym9iQGhvbWU6czNjcmV0", "t0ken-t0ken", "k3y"]

  func settings(_ port: UInt16, host: String = "127.0.0.1") throws -> CurlSettings {
    var settings = CurlSettings(
      endpoints: [try CollectorEndpoint("http://bob%40home:s3cret@\(host):\(port)/api/v2/spans?key=k3y")])
    settings.proxy = .off
    settings.headers = [.init("Authorization", "Bearer t0ken-t0ken"), .init("X-Empty", "")]
    return settings
  }

  @Test("Credentials are sent and appear in no reason, even if the collector repeats them")
  func repeated() throws {
    let server = try SocketServer { .answer(400, body: "\($0.head.replacing("\r\n", with: " ")) bob@home:s3cret") }
    let outcome = CurlSenderTests.send(try CurlSender(settings: settings(server.port)))
    let request = try #require(server.requests.first)
    #expect(request.header("Authorization") == "Bearer t0ken-t0ken")
    #expect(request.header("X-Empty") == "")
    #expect(request.head.contains("?key=k3y"))
    let reason = try #require(outcome.reason)
    #expect(reason.contains("***"))
    for secret in Self.secrets { #expect(!reason.contains(secret), "\(reason)") }
    #expect(reason.hasPrefix("http://127.0.0.1:\(server.port)/api/v2/spans?…: answered 400"))
  }

  @Test("A URL's credentials are sent as Basic, and are not shown if the collector is unreachable")
  func basic() throws {
    let server = try SocketServer { _ in .answer(202) }
    var settings = try settings(server.port)
    settings.headers = []
    #expect(CurlSenderTests.send(try CurlSender(settings: settings)) == .delivered)
    #expect(server.requests.first?.header("Authorization") == "Basic Ym9iQGhvbWU6czNjcmV0")
    let outcome = CurlSenderTests.send(try CurlSender(settings: self.settings(1, host: "nowhere.invalid")))
    let reason = try #require(outcome.reason)
    for secret in Self.secrets { #expect(!reason.contains(secret), "\(reason)") }
  }

  @Test("A proxy is used, and its credentials appear in no reason", arguments: [202, 407])
  func proxy(status: Int) throws {
    let proxy = try SocketServer { _ in .answer(status, body: status == 407 ? "bob@home:s3cret is not welcome" : "") }
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("http://collector.invalid/api/v2/spans")])
    settings.proxy = .url("http://bob%40home:s3cret@127.0.0.1:\(proxy.port)")
    let outcome = CurlSenderTests.send(try CurlSender(settings: settings))
    let request = try #require(proxy.requests.first)
    #expect(request.head.hasPrefix("POST http://collector.invalid/api/v2/spans HTTP/1.1\r\n"))
    #expect(request.header("Proxy-Authorization") == "Basic Ym9iQGhvbWU6czNjcmV0")
    if status == 202 { #expect(outcome == .delivered) }
    for secret in Self.secrets { #expect(outcome.reason?.contains(secret) != true) }
  }

  @Test(
    "No error about a setting shows a secret",
    arguments: [
      { $0.headers = [.init("X-Key", "s3cret\r\nX-Forged: 1")] },
      { $0.proxy = .url("gopher://bob:s3cret@proxy") },
      { $0.tls.clientKeyPassword = "s3cret\u{0}" },
    ] as [@Sendable (inout CurlSettings) -> Void])
  func wrongSettings(_ change: @Sendable (inout CurlSettings) -> Void) throws {
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("http://localhost:9411/api/v2/spans")])
    change(&settings)
    let error = #expect(throws: InvalidSenderSetting.self) { try CurlSender(settings: settings) }
    #expect(error?.description.contains("s3cret") == false)
    #expect(
      throws: InvalidSenderSetting(
        setting: "endpoints", value: "…@host", expected: "an http or https URL, as http://localhost:9411/api/v2/spans")
    ) { try CollectorEndpoint("ftp://bob:s3cret@host?key=s3cret") }
  }
}
