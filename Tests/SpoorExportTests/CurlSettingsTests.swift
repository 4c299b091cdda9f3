// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorExport

@Suite("The sender's settings")
struct CurlSettingsTests {
  @Test(
    "A text that is not an http or https URL is not an endpoint",
    arguments: [
      "", "localhost", "localhost:9411", "ftp://h/", "file:///etc/passwd", "http://", "http:///p", "http://h:99999/",
      "http://a b/", "http://h/\n",
    ])
  func endpoints(_ text: String) {
    let error = #expect(throws: InvalidSenderSetting.self) { try CollectorEndpoint(text) }
    #expect(error?.setting == "endpoints")
    #expect(error?.value == text)
  }

  @Test(
    "Loopback addresses are recognised",
    arguments: [
      ("http://localhost:9411/", true), ("http://LOCALHOST/", true), ("http://a.localhost/", true),
      ("http://127.0.0.1/", true), ("http://127.9.9.9/", true), ("http://[::1]:9411/", true),
      ("http://user@127.0.0.1/", true), ("https://collector/", false), ("http://10.0.0.1/", false),
      ("http://localhost@example.com/", false), ("http://localhost.example.com/", false),
      ("http://[2001:db8::1]/", false),
    ])
  func loopback(_ url: String, _ isLoopback: Bool) throws {
    #expect(try CollectorEndpoint(url).isLoopback == isLoopback)
  }

  /// A change that makes the settings invalid.
  struct Wrong: Sendable {
    let setting: String
    let change: @Sendable (inout CurlSettings) -> Void
    init(_ setting: String, _ change: @escaping @Sendable (inout CurlSettings) -> Void) {
      self.setting = setting
      self.change = change
    }
  }

  @Test(
    "An invalid setting is named in the error",
    arguments: [
      Wrong("endpoints") { $0.endpoints = [] },
      Wrong("connectTimeout") { $0.connectTimeout = .zero },
      Wrong("timeout") { $0.timeout = .seconds(-1) },
      Wrong("dnsCacheTimeout") { $0.dnsCacheTimeout = .seconds(-1) },
      Wrong("connectionLifetime") { $0.connectionLifetime = .zero },
      Wrong("maximumAnswerBytes") { $0.maximumAnswerBytes = 0 },
      Wrong("proxy") { $0.proxy = .url("not a url") },
      Wrong("headers") { $0.headers = [.init("", "x")] },
      Wrong("headers") { $0.headers = [.init("X Y", "x")] },
      Wrong("headers") { $0.headers = [.init("Content-Type", "text/plain")] },
      Wrong("headers") { $0.headers = [.init("B3", "1")] },
      Wrong("tls.caFile") { $0.tls.caFile = "/nowhere/ca.pem" },
      Wrong("tls.caFile") { $0.tls.caFile = "/tmp" },
      Wrong("tls.caDirectory") { $0.tls.caDirectory = "/etc/passwd" },
      Wrong("tls.clientCertificate") { $0.tls.clientCertificate = "/nowhere" },
      Wrong("tls.clientKey") { $0.tls.clientKey = "/nowhere" },
    ])
  func wrong(_ wrong: Wrong) throws {
    var settings = CurlSettings(endpoints: [try CollectorEndpoint("http://localhost:9411/api/v2/spans")])
    try settings.validate()
    wrong.change(&settings)
    let error = #expect(throws: InvalidSenderSetting.self) { try settings.validate() }
    #expect(error?.setting == wrong.setting)
    #expect(error?.expected.isEmpty == false)
  }
}
