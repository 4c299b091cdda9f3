// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorCollect

/// Behind a reverse proxy, for pages of other origins, and beyond this machine.
@Suite struct ServingTests {
  @Test func aReverseProxysNameAndPathAreServed() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.allowedHosts = ["traces.example.com"]
    configuration.basePath = "/traces-ui"
    try await RunningCollector.with(configuration) { collector async throws in
      for path in ["/api/v2/services", "/traces-ui/api/v2/services", "/traces-ui/", "/", "/traces-ui/page/app.js"] {
        for host in ["traces.example.com", "Traces.Example.com:8443", "localhost"] {
          #expect(try await collector.get(path, headers: ["Host": host]).status == 200, "\(path) \(host)")
        }
        for host in ["evil.example", "traces.example.com.evil", "traces.example.com:x", "x.traces.example.com"] {
          #expect(try await collector.get(path, headers: ["Host": host]).status == 421, "\(path) \(host)")
        }
      }
      let own = ["Host": "traces.example.com", "Origin": "https://traces.example.com", "Sec-Fetch-Site": "same-origin"]
      #expect(try await collector.post("/traces-ui/api/v2/spans", Data("[]".utf8), headers: own).status == 202)
      let page = try await collector.get("/traces-ui/").text
      #expect(page.contains(#"src="page/app.js""#) && !page.contains(#"="/"#), "every address is relative")
      #expect(try await collector.ask("HEAD", "/traces-ui/").status == 200)
    }
  }

  @Test func onlyAnAllowedOriginMaySendAndNoneMayRead() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.corsOrigins = ["https://shop.example"]
    try await RunningCollector.with(configuration) { collector async throws in
      let shop = ["Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"]
      for path in ["/api/v2/spans", "/zipkin/api/v2/spans", "/v1/traces", "/v1/logs", "/logs"] {
        let asked = try await collector.ask(
          "OPTIONS", path, headers: shop.merging(["Access-Control-Request-Method": "POST"]) { $1 })
        #expect(
          asked.status == 204 && asked.headers["access-control-allow-origin"] == "https://shop.example", "\(path)")
        let sent = try await collector.post(
          path, Data((path.hasPrefix("/v1") ? "{}" : "[]").utf8),
          headers: shop.merging(["Content-Type": "application/json"]) { $1 })
        #expect(sent.status < 300 && sent.headers["access-control-allow-origin"] == "https://shop.example", "\(path)")
        let other = try await collector.ask("OPTIONS", path, headers: ["Origin": "https://evil.example"])
        #expect(other.status == 403 && other.headers["access-control-allow-origin"] == nil, "\(path)")
      }
      for path in ["/api/v2/traces", "/api/spoor/search", "/", "/metrics"] {
        let read = try await collector.get(path, headers: shop)
        #expect(read.status == 403 && read.headers["access-control-allow-origin"] == nil, "\(path)")
      }
    }
  }

  /// The beginning of the response to a request as it is. Foundation's client does not return a 401 that it could
  /// answer with a password. The socket blocks a thread of its own.
  private func ask(_ port: Int, _ request: String) async throws -> String {
    try await withCheckedThrowingContinuation { done in
      Thread.detachNewThread {
        done.resume(
          with: Result {
            let client = try LoopbackClient(port: port)
            try client.send(request)
            return client.receive()
          })
      }
    }
  }

  @Test func everyRequestNeedsTheToken() async throws {
    var configuration = CollectorConfiguration(port: 0)
    let token = "correct-horse-battery"
    configuration.token = token
    try await RunningCollector.with(configuration) { collector async throws in
      let basic = { (text: String) in "Basic " + Data("anyone:\(text)".utf8).base64EncodedString() }
      let wrong = [
        nil, "Bearer ", "Bearer \(token)x", "Bearer correct-horse-batterx", "Basic \(token)", basic("x"), token,
      ]
      for path in ["/", "/page/app.js", "/api/v2/services", "/metrics", "/health", "/api/spoor/live", "/nothing"] {
        for field in wrong {
          let line = field.map { "Authorization: \($0)\r\n" } ?? ""
          let answer = try await ask(
            collector.port, "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(line)\r\n")
          #expect(answer.hasPrefix("HTTP/1.1 401"), "\(path) \(line)")
          #expect(answer.lowercased().contains("www-authenticate: basic"))
        }
      }
      for right in ["Bearer \(token)", "bearer \(token)", basic(token)] {
        #expect(try await collector.get("/api/v2/services", headers: ["Authorization": right]).status == 200)
        let sent = try await collector.post("/api/v2/spans", Data("[]".utf8), headers: ["Authorization": right])
        #expect(sent.status == 202)
      }
      let post = "POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
      #expect(try await ask(collector.port, post).hasPrefix("HTTP/1.1 401"))
    }
  }

  @Test func anotherAddressNeedsACertificateAndAToken() {
    let tls = CollectorConfiguration.TLSFiles(certificate: "cert.pem", key: "key.pem")
    let token = "correct-horse-battery"
    for (host, tls, token, missing) in [
      ("0.0.0.0", nil, nil, "--tls-certificate and --tls-key and --token"), ("10.0.0.1", tls, nil, "add --token;"),
      ("::", nil, token, "add --tls-certificate and --tls-key;"), ("traces.example.com", nil, nil, "--allow-host"),
      ("127.0.0.1.evil", nil, nil, "is 127.0.0.1.evil"),
    ] as [(String, CollectorConfiguration.TLSFiles?, String?, String)] {
      var configuration = CollectorConfiguration(host: host)
      (configuration.tls, configuration.token) = (tls, token)
      let error = #expect(throws: ListeningError.self) { try configuration.validate() }
      #expect(error?.description.contains(missing) == true, "\(error?.description ?? "")")
    }
    for host in ["127.0.0.1", "localhost", "::1", "127.8.8.8"] {
      #expect(throws: Never.self) { try CollectorConfiguration(host: host).validate() }
    }
    var open = CollectorConfiguration(host: "0.0.0.0")
    (open.tls, open.token) = (tls, token)
    #expect(throws: Never.self) { try open.validate() }
  }

  @Test(arguments: [
    ("short", "", "", "", "--token"), ("", "traces", "", "", "--base-path"), ("", "/a?b", "", "", "--base-path"),
    ("", "", "traces.example.com:80", "", "--allow-host"), ("", "", "https://a", "", "--allow-host"),
    ("", "", "", "shop.example", "--cors-origin"), ("", "", "", "https://shop.example/path", "--cors-origin"),
  ])
  func aWrongSettingIsNamed(token: String, base: String, host: String, origin: String, option: String) {
    var configuration = CollectorConfiguration()
    configuration.token = token.isEmpty ? nil : token
    configuration.basePath = base
    configuration.allowedHosts = host.isEmpty ? [] : [host]
    configuration.corsOrigins = origin.isEmpty ? [] : [origin]
    let error = #expect(throws: ListeningError.self) { try configuration.validate() }
    #expect(error?.description.hasPrefix(option) == true)
  }

  @Test(arguments: [
    ("serviceName=a", "?q=service%3Da"), ("serviceName=a&spanName=get%20x", "?q=service%3Da%20name%3D%22get%20x%22"),
    ("minDuration=10ms&maxDuration=2000", "?q=span.duration%3E%3D10ms%20span.duration%3C%3D2000us"),
    ("annotationQuery=error%20and%20k%3Dv&lookback=15m", "?q=error%20k%3Dv&range=900000"),
    ("endTs=1700000000000&lookback=60000", "?from=1699999940000&to=1700000000000"), ("", ""),
    ("serviceName=all&minDuration=%3Cscript", ""),
  ])
  func aLinkOfZipkinsPageKeepsItsQuery(link: String, expected: String) {
    #expect(ZipkinLink(QueryParameters(query: link)).query == expected)
  }
}
