// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorCollect

/// The list, the operations, the map, the dependencies, the metrics and the trace itself say the same numbers.
@Suite struct CountingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Bodies, in the order in which they are sent. `T` is the start in microseconds.
    let bodies: [String]
    let spans: Int
    let errors: Int
    let duration: Int
    /// `caller>called calls errors p50`
    let calls: [String]
  }

  private static func span(_ id: Int, _ fields: String, service: String, at: Int = 0, for duration: Int = 1000)
    -> String
  {
    let time = 1_700_000_000_000_000 + at
    return
      #"{"traceId":"c1","id":"\#(id)","timestamp":\#(time),"duration":\#(duration),"localEndpoint":{"serviceName":"\#(service)","ipv4":"10.0.0.\#(service.utf8.first ?? 1)"},\#(fields)}"#
  }

  private static let client = span(1, #""kind":"CLIENT","name":"call""#, service: "a")
  private static let server = span(
    2, #""parentId":"1","kind":"SERVER","name":"serve""#, service: "b", at: 100, for: 800)
  private static let failing = #""kind":"CLIENT","name":"call","tags":{"error":"reset"}"#

  static let cases: [Case] = [
    Case(
      testDescription: "a call and its answer", bodies: [client, server], spans: 2, errors: 0, duration: 1000,
      calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "duplicates, in one body and in several",
      bodies: ["\(client),\(client)", server, server, client],
      spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "a span that is sent at its begin and at its end",
      bodies: [
        #"{"traceId":"c1","id":"1","kind":"CLIENT","name":"call","timestamp":1700000000000000}"#, server, client,
      ], spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "a called side whose clock is half a second behind",
      bodies: [
        client, span(2, #""parentId":"1","kind":"SERVER","name":"serve""#, service: "b", at: -500_000, for: 800),
      ], spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "a called side whose clock is 48 hours behind",
      bodies: [
        span(2, #""parentId":"1","kind":"SERVER","name":"serve""#, service: "b", at: -172_800_000_000, for: 800),
        client,
      ], spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "only the caller's span",
      bodies: [
        span(1, #""kind":"CLIENT","name":"call","remoteEndpoint":{"serviceName":"db"}"#, service: "a")
      ], spans: 1, errors: 0, duration: 1000, calls: ["a>db 1 0 1000"]),
    Case(
      testDescription: "only the called side's span",
      bodies: [
        span(2, #""parentId":"1","kind":"SERVER","name":"serve","remoteEndpoint":{"serviceName":"a"}"#, service: "b")
      ], spans: 1, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "a failure that only the caller saw", bodies: [span(1, failing, service: "a"), server], spans: 2,
      errors: 1, duration: 1000, calls: ["a>b 1 1 1000"]),
    Case(
      testDescription: "both sides under one id",
      bodies: [
        client, span(1, #""kind":"SERVER","shared":true,"name":"serve""#, service: "b", at: 100, for: 800),
      ], spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 1000"]),
    Case(
      testDescription: "a message without the name of its broker",
      bodies: [
        span(1, #""kind":"PRODUCER","name":"send""#, service: "a"),
        span(2, #""parentId":"1","kind":"CONSUMER","name":"take""#, service: "b", at: 2000, for: 500),
      ], spans: 2, errors: 0, duration: 2500, calls: ["a>b 1 0 500"]),
    Case(
      testDescription: "spans without a kind",
      bodies: [
        span(1, #""name":"outer""#, service: "a"), span(2, #""parentId":"1","name":"inner""#, service: "b", for: 300),
      ], spans: 2, errors: 0, duration: 1000, calls: ["a>b 1 0 300"]),
    Case(
      testDescription: "300 calls in one trace",
      bodies: [
        span(1, #""name":"loop""#, service: "a", for: 9000),
        (2...301).map {
          #"\#(span($0, #""parentId":"1","kind":"CLIENT","name":"get","remoteEndpoint":{"serviceName":"db"}\#($0 % 100 == 0 ? #","tags":{"error":"x"}"# : "")"#, service: "a", for: 20))"#
        }
        .joined(separator: ","),
      ], spans: 301, errors: 3, duration: 9000, calls: ["a>db 300 3 20"]),
  ]

  /// Three thousand traces cannot be read in a millisecond: the search ends before, and the answer tells it.
  @Test func aSearchWithATimeReadsTheNewestTracesAndSaysThatOthersMayMatch() async throws {
    try await RunningCollector.with { collector async throws in
      let count = 3000
      let spans = (1...count).map { number in
        #"{"traceId":"\#(String(number, radix: 16))","id":"1","name":"n","timestamp":\#(1_700_000_000_000_000 + number),"#
          + #""duration":10,"localEndpoint":{"serviceName":"s"},"tags":{"note":"same"}}"#
      }
      #expect(try await collector.post("/api/v2/spans", Data("[\(spans.joined(separator: ","))]".utf8)).status == 202)
      func search(_ more: String) async throws -> (found: Int, isPartial: Bool?, newest: String?) {
        let path = "/api/spoor/search?q=note%3Dsame&endTs=1700000100000&lookback=400000000&limit=3000\(more)"
        let answer = try #require(try await collector.get(path).json as? [String: Any])
        let traces = answer["traces"] as? [[String: Any]]
        return (answer["found"] as? Int ?? -1, answer["more"] as? Bool, traces?.first?["id"] as? String)
      }
      let whole = try await search("")
      #expect(whole.found > 999 && whole.newest?.hasSuffix(String(count, radix: 16)) == true)
      let part = try await search("&within=1")
      #expect(part.found < whole.found && part.isPartial == true, "\(part)")
      #expect(part.found == 0 || part.newest == whole.newest, "\(part)")
      for wrong in ["0", "-1", "soon"] {
        #expect(try await collector.get("/api/spoor/search?within=\(wrong)").status == 400)
      }
    }
  }

  @Test(arguments: cases)
  func everyPlaceSaysTheSameNumbers(_ one: Case) async throws {
    try await RunningCollector.with { collector async throws in
      for body in one.bodies {
        #expect(try await collector.post("/api/v2/spans", Data("[\(body)]".utf8)).status == 202)
      }
      let range = "endTs=1700000100000&lookback=400000000"
      let search = try #require(try await collector.get("/api/spoor/search?\(range)").json as? [String: Any])
      let traces = try #require(search["traces"] as? [[String: Any]])
      #expect(search["found"] as? Int == 1 && traces.count == 1)
      let listed: [Int?] = ["spans", "errors", "duration"].map { traces.first?[$0] as? Int }
      let expected: [Int?] = [one.spans, one.errors, one.duration]
      #expect(listed == expected)

      let operations = try #require(search["operations"] as? [[String: Any]])
      let total = { (key: String) -> Int in operations.reduce(0) { $0 + ($1[key] as? Int ?? 0) } }
      #expect(total("calls") == one.spans && total("errors") == one.errors)
      let series = operations.flatMap { $0["series"] as? [[Int]] ?? [] }
      let (calls, errors) = series.reduce((0, 0)) { ($0.0 + $1[0], $0.1 + $1[1]) }
      #expect(calls == one.spans && errors == one.errors)

      let map = try #require(try await collector.get("/api/spoor/map?\(range)").json as? [String: Any])
      let edges = try #require(map["edges"] as? [[String: Any]])
      #expect(
        edges.map { edge in
          "\(edge["parent"] ?? "")>\(edge["child"] ?? "") \(edge["calls"] ?? "") \(edge["errors"] ?? "") \(edge["p50"] ?? "")"
        } == one.calls)
      #expect(map["spans"] as? Int == one.spans && map["sample"] as? Bool == false)
      let links = try #require(try await collector.get("/api/v2/dependencies?\(range)").json as? [[String: Any]])
      #expect(
        links.map { "\($0["parent"] ?? "")>\($0["child"] ?? "") \($0["callCount"] ?? "") \($0["errorCount"] ?? 0)" }
          == one.calls.map { $0.split(separator: " ").dropLast().joined(separator: " ") })

      #expect(try await collector.metric("spoor_collector_spans") == one.spans)
      let merged = try #require(try await collector.get("/api/v2/trace/c1").json as? [[String: Any]])
      #expect(merged.count == one.spans)
      #expect(merged.count { ($0["tags"] as? [String: Any])?["error"] != nil } == one.errors)
    }
  }

  @Test func aTraceOfAnyLengthIsCountedExactlyAndItsDurationsAreASample() async throws {
    var calls = CallList()
    for index in 0..<10_000 {
      calls.append(.init(operation: Int64(index % 3), isError: index % 10 == 0, duration: 5), isNew: index < 3)
    }
    // Read again, as from the store.
    calls = CallList(calls.bytes)
    calls.append(.init(operation: 1, isError: false, duration: 5), isNew: false)
    var total = OperationStatistics(Operation(service: "a", name: "b"))
    for index in 0..<calls.count { total.add(calls[index], interval: 0) }
    #expect(total.calls == 10_001 && total.errors == 1000 && total.isSample && total.durations.count == 256)
    #expect(calls.bytes.count < 4096 && calls.operations.sorted() == [0, 1, 2])
  }
}
