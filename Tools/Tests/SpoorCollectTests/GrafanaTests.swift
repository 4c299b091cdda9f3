// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorModel
import Testing

@testable import SpoorCollect

/// The calls that Grafana's Zipkin data source makes (its `pkg/tsdb/zipkin`), as its HTTP client sends them.
@Suite struct GrafanaTests {
  private static let headers = ["User-Agent": "Grafana/12.0.0", "Accept-Encoding": "gzip"]
  private static let trace = "463ac35c9f6413ad48485a3953bb6124"

  /// A current trace, because Grafana passes no time and the default window is the last day.
  private static var spans: Data {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000) - 1_000_000
    return Data(
      #"""
      [{"traceId":"\#(trace)","id":"1","name":"post /orders","kind":"SERVER","timestamp":\#(now),"duration":412000,
        "localEndpoint":{"serviceName":"order service"}},
       {"traceId":"\#(trace)","parentId":"1","id":"2","name":"charge","kind":"CLIENT","timestamp":\#(now + 10),
        "duration":340000,"localEndpoint":{"serviceName":"order service"},"tags":{"error":"no answer"},
        "annotations":[{"timestamp":\#(now + 20),"value":"retried"}]}]
      """#.utf8)
  }

  @Test func itsQueriesAreAnswered() async throws {
    try await RunningCollector.with { collector async throws in
      // "Save & test" requests the services, of which there may be none.
      #expect(try await collector.get("/api/v2/services", headers: Self.headers).text == "[]")
      #expect(try await collector.post("/api/v2/spans", Self.spans).status == 202)

      // The cascade of its search; Go's QueryEscape writes a blank as +.
      let services = try await collector.get("/api/v2/services", headers: Self.headers)
      #expect(services.json as? [String] == ["order service"])
      let names = try await collector.get("/api/v2/spans?serviceName=order+service", headers: Self.headers)
      #expect(names.json as? [String] == ["charge", "post /orders"])
      for name in ["post+%2Forders", "all"] {
        let path = "/api/v2/traces?serviceName=order+service&spanName=\(name)"
        let traces = try #require(try await collector.get(path, headers: Self.headers).json as? [[[String: Any]]])
        #expect(traces.count == 1 && traces[0].count == 2)
        #expect(traces[0].allSatisfy { $0["traceId"] as? String == Self.trace })
      }

      // Grafana builds a trace's frame from these fields, with these types.
      let answer = try await collector.get("/api/v2/trace/\(Self.trace)", headers: Self.headers)
      let trace = try #require(answer.json as? [[String: Any]])
      let charge = try #require(trace.first { $0["name"] as? String == "charge" })
      #expect(charge["id"] as? String == "0000000000000002" && charge["parentId"] as? String == "0000000000000001")
      #expect(charge["duration"] as? Int == 340_000 && charge["timestamp"] is Int)
      #expect(charge["kind"] as? String == "CLIENT")
      #expect((charge["localEndpoint"] as? [String: Any])?["serviceName"] as? String == "order service")
      #expect((charge["tags"] as? [String: String])?["error"] == "no answer")
      #expect((charge["annotations"] as? [[String: Any]])?.first?["value"] as? String == "retried")
      #expect(try await collector.get("/api/v2/trace/1", headers: Self.headers).status == 404)
    }
  }
}
