// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorModel
import Testing
import ToolsTestSupport

@testable import SpoorCollect

/// Requests that once blocked, filled or misled the collector, and generated ones. `scripts/hostile.sh` has more.
@Suite struct HostileRequestTests {
  @Test(arguments: ["/api/spoor/map", "/api/spoor/search", "/api/v2/traces", "/api/v2/dependencies"])
  func numbersAtTheEndsOfTheRangeAreAnswered(path: String) async throws {
    let numbers = [Int64.max, .min, .max - 1, 1, 0, -1].map(String.init) + ["9223372036854775808", "x", ""]
    try await RunningCollector.with { collector async throws in
      for one in numbers {
        for other in numbers {
          let answer = try await collector.get(
            "\(path)?lookback=\(one)&endTs=\(other)&limit=\(one)&minDuration=\(other)")
          #expect(answer.status == 200 && answer.json != nil || answer.status == 400, "\(one) \(other) \(answer.text)")
        }
      }
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func generatedQueriesAreAnswered(seed: UInt64) async throws {
    try await RunningCollector.with { collector async throws in
      var random = SeededGenerator(seed: seed)
      func one(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }
      let values = [
        "9223372036854775807", "-1", "0", "1e999", "%00", "a%00b", "%ff", "%", "a%20and%20b", "%22", "%F0%9F%98%80",
        String(repeating: "a%20and%20", count: 500), "duration%3E9e18", "duration%3E1%20duration%3C1", "~", "%3D", "*",
      ]
      let names = [
        "serviceName", "spanName", "remoteServiceName", "annotationQuery", "minDuration", "maxDuration", "endTs",
        "limit",
        "lookback", "traceIds", "key", "q", "order",
      ]
      for _ in 0..<100 {
        let path = one([
          "/api/v2/traces", "/api/v2/traceMany", "/api/v2/spans", "/api/v2/remoteServices", "/api/v2/dependencies",
          "/api/v2/autocompleteValues", "/api/spoor/search", "/api/spoor/map", "/api/v2/trace/\(one(values))",
          "/api/spoor/trace/\(one(values))",
        ])
        let query = (0..<Int.random(in: 0...4, using: &random)).map { _ in "\(one(names))=\(one(values))" }
        let address = "\(path)?\(query.joined(separator: "&"))"
        guard URL(string: "http://localhost\(address)") != nil else { continue }
        let answer = try await collector.get(address)
        let isJSON = answer.headers["content-type"] == "application/json"
        #expect(answer.status < 500 && (!isJSON || answer.json != nil), "seed \(seed): \(address) \(answer.status)")
      }
    }
  }

  @Test func aBodyMayNotCostMoreMemoryThanItsBound() async throws {
    var configuration = CollectorConfiguration(maximumBodyBytes: 2 << 20)
    configuration.maximumBytesInFlight = 64 << 20
    try await RunningCollector.with(configuration) { collector async throws in
      // The body is small, but takes a hundred times as much in memory.
      let spans = "[" + Array(repeating: #"{"traceId":"1","id":"1"}"#, count: 40_000).joined(separator: ",") + "]"
      let answer = try await collector.post("/api/v2/spans", Data(spans.utf8))
      #expect(answer.status == 413 && answer.text.contains("send fewer at a time"), "\(answer.text)")
      #expect(try await collector.metric("spoor_collector_spans_total") == 0)
      let tags =
        #"[{"traceId":"1","id":"1","tags":{"# + (0..<140_000).map { #""\#($0)":"""# }.joined(separator: ",") + "}}]"
      let refused = try await collector.post("/api/v2/spans", Data(tags.utf8))
      #expect(refused.status == 400 && refused.text.contains("must take at most 4194304 bytes"), "\(refused.text)")
    }
  }

  @Test func aBodyOfSeveralBatchesIsStoredWhole() async throws {
    try await RunningCollector.with { collector async throws in
      // Each costs some 1 500 bytes twice, so that a batch holds about 4 000 of them.
      let padding = String(repeating: "x", count: 1000)
      let spans = (1...10_000).map { #"{"traceId":"\#(String($0, radix: 16))","id":"1","tags":{"p":"\#(padding)"}}"# }
      let body = Data("[\(spans.joined(separator: ",")),{\"id\":\"bad\"}]".utf8)
      let answer = try await collector.post("/api/v2/spans", body)
      #expect(answer.status == 400 && answer.text.contains("$[10000]"), "\(answer.text)")
      #expect(try await collector.metric("spoor_collector_spans") == 10_000)
      // Of a body that is not a complete list nothing is stored.
      let cut = Data("[\(spans.joined(separator: ",").replacing("\"1\",\"tags\"", with: "\"2\",\"tags\""))".utf8)
      #expect(try await collector.post("/api/v2/spans", cut).status == 400)
      #expect(try await collector.metric("spoor_collector_spans") == 10_000)
    }
  }

  @Test func oneBadSpanAmongManyIsNamedAndTheOthersAreStored() async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post(
        "/api/v2/spans", Data(#"[{"traceId":"1","id":"1"},{"id":"7"},{"traceId":"2","id":"1"}]"#.utf8))
      #expect(answer.status == 400 && answer.text.contains("Missing traceId at $[1]") && answer.text.contains("id 7"))
      for trace in [1, 2] { #expect(try await collector.get("/api/v2/trace/\(trace)").status == 200) }
    }
  }

  @Test func anAnnotationWithoutATimeCostsNoSpan() async throws {
    try await RunningCollector.with { collector async throws in
      let body = #"[{"traceId":"1","id":"1","annotations":[{"timestamp":0,"value":"v"}]},{"traceId":"1","id":"2"}]"#
      #expect(try await collector.post("/api/v2/spans", Data(body.utf8)).status == 202)
      #expect((try await collector.get("/api/v2/trace/1").json as? [Any])?.count == 2)
    }
  }

  @Test func noLogLineMakesATracesAnswerInvalid() async throws {
    let id = "463ac35c9f6413ad48485a3953bb6124"
    let good = #"{"trace_id":"\#(id)","event":"good"}"#
    let odd = [
      #"{"trace_id":"\#(id)","a":1,}"#, #"{"trace_id":"\#(id)","a":01}"#, #"{"trace_id":"\#(id)","a":NaN}"#,
      #"{"trace_id":"\#(id)","event":{"toString":1}}"#, #"{"trace_id":"\#(id)","level":["x"]}"#,
      #"{"trace_id":"\#(id)","a":"\ud800"}"#, #"{"trace_id":"\#(id)","a":1e999}"#,
      "{\"trace_id\":\"\(id)\",\"a\":\"\u{1}\"}",
    ]
    var bodies = odd.map { Data("\($0)\n\(good)\n".utf8) }
    bodies.append(Data([0xef, 0xbb, 0xbf]) + Data(good.utf8))
    bodies.append(Data([0xff, 0xfe]) + Data(good.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }))
    bodies.append(Data(good.utf8.dropLast()) + Data([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
    for body in bodies {
      try await RunningCollector.with { collector async throws in
        #expect(try await collector.post("/logs", body).status == 202)
        _ = try await collector.post("/logs", Data(good.utf8))
        let answer = try await collector.get("/api/spoor/trace/\(id)")
        let logs = try #require((answer.json as? [String: Any])?["logs"] as? [[String: Any]], "\(answer.text)")
        #expect(logs.contains { $0["event"] as? String == "good" })
      }
    }
  }

  @Test func malformedLinesAreNamedByNumber() async throws {
    try await RunningCollector.with { collector async throws in
      let answer = try await collector.post("/logs", Data("{}\nx\n{}\n[]\n".utf8))
      #expect(answer.text == #"{"taken":2,"malformed":2}"# && answer.headers["spoor-malformed-lines"] == "2, 4")
    }
  }

  @Test func whatTakesTooLongIs503AndTheCollectorGoesOn() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.queryTimeout = .zero
    try await RunningCollector.with(configuration) { collector async throws in
      for path in ["/api/v2/services", "/api/v2/traces", "/api/spoor/map", "/api/v2/trace/1", "/api/spoor/search"] {
        let answer = try await collector.get(path)
        #expect(answer.status == 503 && answer.retryAfter == "1", "\(path): \(answer.status)")
      }
      #expect(try await collector.get("/health").status == 200)
      #expect(try await collector.post("/api/v2/spans", Data(#"[{"traceId":"1","id":"1"}]"#.utf8)).status == 202)
    }
  }

  @Test func aQueryEndsWhenItsClientHasGone() async throws {
    let presence = ClientPresence()
    let workers = QueryWorkers(threads: 1)
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let query = Task {
      try await presence.run {
        try await workers.run { ticket in
          begin.yield()
          while true { try ticket.check() }
        }
      }
    }
    for await _ in begun { break }
    presence.leave()
    await #expect(throws: QueryTicket.End.abandoned) { try await query.value }
    // The thread is free again, and nothing is started for a client that has already disconnected.
    #expect(try await workers.run { _ in 1 } == 1)
    await #expect(throws: (any Error).self) { try await presence.run { try await workers.run { _ in 1 } } }
  }

  @Test func moreQueriesThanMayWaitAreRefused() async throws {
    let workers = QueryWorkers(threads: 1, maximumWaiting: 1)
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let running = Task {
      try await workers.run { ticket in
        begin.yield()
        while true { try ticket.check() }
      }
    }
    for await _ in begun { break }
    await #expect(throws: QueryTicket.End.overloaded) { try await workers.run { _ in 1 } }
    running.cancel()
    await #expect(throws: QueryTicket.End.abandoned) { try await running.value }
  }
}
