// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorModel
import Testing

@testable import SpoorCollect

/// Third-party clients from PyPI and Debian's Go library send to a running collector, which must return their spans
/// unchanged.
@Suite struct PeerTests {
  /// The spans that a client reports as sent.
  private struct Sent: Decodable {
    let traceId: String
    let id: String
    let parentId: String?
    let name: String
    let kind: String?
    let timestamp: Int64?
    let tags: [String: String]
    let annotations: [String]
  }

  @Test(arguments: ["otel-json", "otel-proto", "py-zipkin-json", "py-zipkin-proto"])
  func theirSpansComeBackUnchanged(client: String) async throws {
    let python = try await PeerProcess.run(PeerProcess.root.appending(path: "scripts/python-env.sh").path, [])
    let script = PeerProcess.root.appending(path: "Tests/Peers/python/send_spans.py").path
    try await Self.expectBack("python-service") { try await PeerProcess.run(python, [script, $0, client]) }
  }

  @Test func zipkinGosSpansComeBackUnchanged() async throws {
    let sender = FileManager.default.temporaryDirectory.appending(path: "zipkin-go-sender-\(UUID().uuidString)").path
    defer { for suffix in ["", ".cache"] { try? FileManager.default.removeItem(atPath: sender + suffix) } }
    let source = PeerProcess.root.appending(path: "Tools/Tests/Peers/zipkin-go-sender").path
    _ = try await PeerProcess.run(
      PeerProcess.root.appending(path: "Tests/Peers/build-zipkin-go.sh").path, [source, sender])
    try await Self.expectBack("go-service") { try await PeerProcess.run(sender, [$0]) }
  }

  /// Runs a client with the collector's address, and compares the spans that it reports with those in the collector.
  private static func expectBack(_ service: String, _ send: @Sendable @escaping (String) async throws -> String)
    async throws
  {
    try await RunningCollector.with { collector async throws in
      let text = try await send("http://127.0.0.1:\(collector.port)/api/v2/spans")
      let sent = try JSONDecoder().decode([Sent].self, from: Data(text.utf8))
      #expect(!sent.isEmpty)
      for span in sent {
        let answer = try await collector.get("/api/v2/trace/\(span.traceId)")
        let all = try ZipkinJSONDecoder.spans(Array(answer.data))
        let back = try #require(all.first { $0.id.description == span.id })
        #expect(back.traceID.description == span.traceId && back.parentID?.description == span.parentId)
        #expect(back.name == span.name && back.serviceName == service)
        if let kind = span.kind { #expect(back.kind?.name == kind) }
        // OpenTelemetry's exporter rounds nanoseconds its own way.
        if let timestamp = span.timestamp { #expect(abs((back.timestamp ?? 0) - timestamp) <= 1) }
        for (key, value) in span.tags { #expect(back.tag(key) == value) }
        for (expected, found) in zip(span.annotations, back.annotations) { #expect(found.value.contains(expected)) }
        #expect(back.annotations.count == span.annotations.count && back.duration ?? 0 > 0)
      }
    }
  }
}
