// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import SpoorCollect

/// The log records of a time range, with and without a trace.
@Suite struct LogListTests {
  private static let lines = """
    {"timestamp":"2023-11-14T22:13:20Z","level":"INFO","trace_id":"0000000000000005","event":"paid","amount":12}
    {"timestamp":"2023-11-14T22:13:21Z","severity":"Warn","message":"disk is nearly full","host":{"name":"h1"}}
    no json
    {"timestamp":"2023-11-14T22:13:22Z","level":"error","event":"refused","amount":7}
    """

  private func events(_ collector: RunningCollector, _ query: String) async throws -> [String] {
    let text = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    let answer = try await collector.get("/api/spoor/logs?q=\(text)&endTs=1700000100000")
    let list = try #require(answer.json as? [String: Any], "\(answer.text)")
    return (list["logs"] as? [[String: Any]] ?? []).compactMap { $0["record"] as? [String: Any] }
      .map { $0["event"] as? String ?? $0["message"] as? String ?? "" }
  }

  @Test func recordsWithoutATraceAreKeptAndFound() async throws {
    try await RunningCollector.with { collector async throws in
      _ = try await collector.post("/logs", Data(Self.lines.utf8))
      for (query, found) in [
        ("", ["refused", "disk is nearly full", "paid"]), ("level>=warning", ["refused", "disk is nearly full"]),
        ("DISK", ["disk is nearly full"]), ("amount>7", ["paid"]),
        ("host.name=h1 or amount=7", ["refused", "disk is nearly full"]),
        ("not level=error", ["disk is nearly full", "paid"]), ("trace_id=0000000000000005", ["paid"]),
      ] {
        #expect(try await events(collector, query) == found, "\(query)")
      }
      #expect(try await collector.metric("spoor_collector_logs") == 3)
      #expect(try await collector.metric("spoor_collector_logs_without_trace_total") == 2)
      #expect(try await collector.metric("spoor_collector_lines_refused_total") == 1)
      #expect(try await collector.get("/api/spoor/logs?q=amount%3Esoon").status == 400)
      let names = try #require(try await collector.get("/api/spoor/logFields").json as? [String])
      #expect(names.contains("amount") && names.contains("severity"))
    }
  }

  @Test func aListIsReadInPartsToItsEnd() async throws {
    try await RunningCollector.with { collector async throws in
      let lines = (0..<25).map { #"{"timestamp":"2023-11-14T22:13:\#($0 / 5 + 10)Z","n":\#($0)}"# }
      _ = try await collector.post("/logs", Data(lines.joined(separator: "\n").utf8))
      var found: [Int] = []
      var next: String? = ""
      while let before = next {
        let answer = try await collector.get("/api/spoor/logs?limit=10&endTs=1700000100000&before=\(before)")
        let list = try #require(answer.json as? [String: Any])
        found += (list["logs"] as? [[String: Any]] ?? []).compactMap { ($0["record"] as? [String: Any])?["n"] as? Int }
        next = list["next"] as? String
      }
      #expect(found == (0..<25).reversed())
    }
  }

  @Test func theOldestRecordsAreDeletedAboveTheLimitAndAnEmptyRestStaysUsable() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 20)
    for part in 0..<40 {
      let lines = (0..<100).compactMap { index in
        LogLine(
          #"{"timestamp":"2023-11-14T22:13:20Z","n":\#(part * 100 + index),"text":"\#(String(repeating: "x", count: 600))"}"#
            .utf8)
      }
      try await store.add(logs: lines)
    }
    let counts = store.currentCounts
    #expect(counts.bytes <= 1 << 20 && counts.logs > 100 && counts.logs < 4000 && counts.logsTaken == 4000)
    let rows = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM logs") }
    #expect(rows == counts.logs)
  }
}
