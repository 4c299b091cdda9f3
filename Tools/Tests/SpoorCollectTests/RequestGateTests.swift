// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorCollect

/// The requests that the gate refuses, with their status, on all paths.
@Suite struct RequestGateTests {
  private static let gets = [
    "/", "/page/app.js", "/health", "/info", "/metrics", "/config.json", "/api/v2/services", "/api/v2/traces",
    "/zipkin/api/v2/trace/1", "/api/spoor/map", "/api/spoor/search",
  ]
  private static let posts = ["/api/v2/spans", "/zipkin/api/v2/spans", "/logs"]

  @Test func aRequestOfAnotherOriginsPageIsRefusedOnEveryPath() async throws {
    try await RunningCollector.with { collector async throws in
      let own = "http://127.0.0.1:\(collector.port)"
      let foreign: [[String: String]] = [
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.example"],
        ["Origin": "null"], ["Origin": "http://localhost:\(collector.port)"], ["Origin": "http://127.0.0.1:1"],
        ["Origin": own, "Sec-Fetch-Site": "cross-site"], ["Origin": "\(own).evil.example"],
        ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"],
      ]
      for headers in foreign {
        for path in Self.gets {
          #expect(try await collector.get(path, headers: headers).status == 403, "\(path) \(headers)")
        }
        for path in Self.posts {
          #expect(try await collector.post(path, Data("[]".utf8), headers: headers).status == 403, "\(path) \(headers)")
        }
      }
      for headers in [["Sec-Fetch-Site": "same-origin", "Origin": own], ["Sec-Fetch-Site": "none"], [:]] {
        #expect(try await collector.get("/api/v2/services", headers: headers).status == 200)
        #expect(try await collector.post("/api/v2/spans", Data("[]".utf8), headers: headers).status == 202)
      }
      // A link may only open the page.
      let link = ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"]
      #expect(try await collector.get("/?trace=1", headers: link).status == 200)
      #expect(try await collector.get("/api/v2/services", headers: link).status == 403)
    }
  }

  @Test(arguments: [
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.evil", "10.0.0.1", "127.1",
  ])
  func aHostThatIsNotThisMachineIsMisdirected(host: String) async throws {
    try await RunningCollector.with { collector async throws in
      for path in Self.gets {
        #expect(try await collector.get(path, headers: ["Host": host]).status == 421, "\(path)")
      }
      for path in Self.posts {
        #expect(try await collector.post(path, Data(), headers: ["Host": host]).status == 421, "\(path)")
      }
    }
  }

  @Test(arguments: [
    ("localhost", true), ("LOCALHOST:80", true), ("127.0.0.1:9411", true), ("127.9.9.9", true), ("[::1]:80", true),
    ("[::1].evil", false), ("localhost:80.evil", false), ("127.0.0.1:x", false), ("127.0.0.256", false), ("", false),
    ("::1", false), ("[::2]", false), ("127.0.0", false), ("١27.0.0.1", false),
  ])
  func namesOfThisMachineAreKnown(authority: String, isLoopback: Bool) {
    #expect(Provenance.isLoopback(authority) == isLoopback)
  }

  @Test func aWrongMethodIs405WithTheAllowedOnes() async throws {
    try await RunningCollector.with { collector async throws in
      for path in Self.gets {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] where path != "/api/v2/spans" {
          let answer = try await collector.ask(method, path)
          #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(method) \(path)")
        }
      }
      #expect(try await collector.ask("PUT", "/logs").headers["allow"] == "POST")
      #expect(try await collector.ask("DELETE", "/api/v2/spans").headers["allow"] == "POST, GET, HEAD")
      #expect(try await collector.ask("PUT", "/nowhere").status == 404)
    }
  }

  @Test func headIsAnsweredWhereGetIsWithoutABody() async throws {
    try await RunningCollector.with { collector async throws in
      for path in Self.gets {
        let (get, head) = (try await collector.get(path), try await collector.ask("HEAD", path))
        #expect(get.status == head.status && head.data.isEmpty, "\(path)")
        if path != "/metrics" { #expect(get.headers["content-length"] == head.headers["content-length"], "\(path)") }
      }
      #expect(try await collector.ask("HEAD", "/api/spoor/live").status == 200)
    }
  }

  @Test(arguments: [
    (["Content-Encoding": "deflate"], 415), (["Content-Encoding": "br"], 415),
    (["Content-Encoding": "gzip, gzip"], 415),
    (["Content-Encoding": "zstd"], 415), (["Content-Encoding": "identity"], 202), (["Content-Encoding": ""], 202),
    (["Content-Type": "multipart/form-data; boundary=x"], 415), (["Content-Type": "application/xml"], 415),
    (["Content-Type": "application/json; charset=utf-16"], 415), (["Content-Type": "application/x-thrift"], 415),
    (["Content-Type": "application/json; charset=\"UTF-8\""], 202), (["Content-Type": "APPLICATION/JSON"], 202),
    (["Content-Type": "application/x-www-form-urlencoded"], 202), (["Expect": "something"], 417),
  ])
  func aBodyIsReadOnlyInAFormThatIsKnown(headers: [String: String], status: Int) async throws {
    try await RunningCollector.with { collector async throws in
      for path in Self.posts {
        let answer = try await collector.post(path, Data("[]".utf8), headers: headers)
        #expect(answer.status == status, "\(path) \(headers): \(answer.text)")
        if headers["Content-Encoding"] != nil, status == 415 {
          #expect(answer.headers["accept-encoding"]?.contains("gzip") == true)
        }
      }
    }
  }

  @Test func aBodyThatIsAnnouncedTooLargeIsRefusedBeforeItIsSent() async throws {
    try await RunningCollector.with(CollectorConfiguration(maximumBodyBytes: 1000)) { collector async throws in
      let head =
        "POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
      let answer = try await Self.exchange(collector.port, [head])
      // The connection is closed, because the client may or may not send its body now.
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }
  }

  /// A chunked body does not say how long it is.
  @Test func aBodyThatIsTooLargeAndDoesNotEndIsAnsweredInTheMiddle() async throws {
    try await RunningCollector.with(CollectorConfiguration(maximumBodyBytes: 1000)) { collector async throws in
      let head =
        "POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      let chunk = "3e8\r\n" + String(repeating: " ", count: 1000) + "\r\n"
      let answer = try await Self.exchange(collector.port, [head + String(repeating: chunk, count: 5)])
      #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer.prefix(100))")
    }
  }

  @Test func aClientThatWaitsIsToldToGoOn() async throws {
    try await RunningCollector.with { collector async throws in
      let head = "POST /api/v2/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
      let last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let answer = try await Self.exchange(collector.port, [head, "[]" + last])
      #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "), "\(answer.prefix(200))")
      #expect(answer.contains("HTTP/1.1 200 OK"))
    }
  }

  @Test func aRequestWithoutAHostIsBad() async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await Self.exchange(collector.port, ["GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"])
      #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(100))")
    }
  }

  /// Sends parts, each after a response to the previous one, and returns everything that is received.
  private static func exchange(_ port: Int, _ parts: [String]) async throws -> String {
    try await withCheckedThrowingContinuation { done in
      Thread.detachNewThread {
        done.resume(
          with: Result {
            let client = try LoopbackClient(port: port)
            var answer = ""
            for part in parts {
              try client.send(part)
              answer += client.receive()
            }
            while case let more = client.receive(), !more.isEmpty { answer += more }
            return answer
          })
      }
    }
  }
}
