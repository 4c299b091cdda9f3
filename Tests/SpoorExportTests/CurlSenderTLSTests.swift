// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

@testable import SpoorExport

@Suite("The sender and TLS")
struct CurlSenderTLSTests {
  func send(_ port: UInt16, _ change: (inout CurlSettings) throws -> Void = { _ in }) throws -> SendOutcome {
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("https://127.0.0.1:\(port)/api/v2/spans")])
    settings.proxy = .off
    try change(&settings)
    return CurlSenderTests.send(try CurlSender(settings: settings))
  }

  func expectKept(_ outcome: SendOutcome) {
    #expect(outcome.withoutReason == .unreachable(reason: ""))
    #expect(outcome.reason?.contains("SSL") == true, "\(outcome.reason ?? "")")
  }

  @Test("A server that refuses TLS gets nothing")
  func refused() throws {
    let server = try SocketServer { _ in .answer(202) }
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("https://127.0.0.1:\(server.port)/")])
    settings.timeout = .seconds(1)
    settings.proxy = .off
    let outcome = CurlSenderTests.send(try CurlSender(settings: settings))
    #expect(outcome.withoutReason == .unreachable(reason: ""))
    #expect(server.requests.isEmpty)
  }

  @Test("A server is trusted only with its own authority")
  func verification() throws {
    let certificates = try Certificates.all.get()
    let server = try TLSServer(certificates)
    expectKept(try send(server.port))
    expectKept(try send(server.port) { $0.tls.caFile = certificates["other-ca.pem"] })
    #expect(try send(server.port) { $0.tls.caFile = certificates["ca.pem"] } == .delivered)
    #expect(try send(server.port) { $0.tls.verifiesPeer = false } == .delivered)
  }

  @Test("A certificate is valid only for its name")
  func nameMismatch() throws {
    let certificates = try Certificates.all.get()
    let server = try TLSServer(certificates)
    expectKept(
      try send(server.port) {
        $0.tls.caFile = certificates["ca.pem"]
        $0.endpoints = [try CollectorEndpoint("https://localhost:\(server.port)/")]
      })
  }

  @Test("A client certificate is sent if the server asks for one")
  func clientCertificate() throws {
    let certificates = try Certificates.all.get()
    let server = try TLSServer(certificates, asksClients: true)
    let anonymous = try send(server.port) { $0.tls.caFile = certificates["ca.pem"] }
    // With TLS 1.3 the server's refusal can come before or after the request.
    #expect(
      [.unreachable(reason: ""), .retryLater(status: nil, after: nil, reason: "")].contains(anonymous.withoutReason))
    let known = try send(server.port) {
      $0.tls.caFile = certificates["ca.pem"]
      $0.tls.clientCertificate = certificates["client.pem"]
      $0.tls.clientKey = certificates["client.key"]
    }
    #expect(known == .delivered)
  }
}
