// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel
import Testing
import ToolsTestSupport

@testable import SpoorCollect

private let begin: Int64 = 1_700_000_000_000_000

/// A span with texts of its own in every place where a search looks.
private func span(_ trace: UInt64, id: UInt64 = 1, service: String? = nil) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: trace)), id: try #require(ZipkinSpanID(id)),
    name: "name\(id)of\(trace)", timestamp: begin + Int64(trace), duration: 1000,
    localEndpoint: ZipkinEndpoint(serviceName: service ?? "local-\(trace % 7)"),
    remoteEndpoint: ZipkinEndpoint(serviceName: "far-\(trace)-\(id)"),
    annotations: [ZipkinAnnotation(timestamp: begin, value: "Noted_\(trace)x\(id)")],
    tags: [ZipkinTag(key: "key.\(trace).\(id)", value: "Value=\(trace)/\(id) \"quoted\"")])
}

private func line(_ trace: UInt64) throws -> LogLine {
  let text =
    #"{"timestamp":"2023-11-14T22:13:20.000Z","trace_id":"\#(String(format: "%016llx", trace))","#
    + #""event":"logged_\#(trace)","deep":{"list":["within \#(trace)!"]}}"#
  return try #require(LogLine(Array(text.utf8)))
}

@Suite struct TextSearchTests {
  /// The traces that a search finds, by the lower half of their ids.
  private func found(_ text: String, _ store: TraceStore) async throws -> Set<UInt64> {
    var filter = try QueryLine.filter(text)
    filter.limit = 10_000
    return try await store.summaries(filter, .init(limit: 10_000)) {
      Set($0.rows.map { UInt64(bitPattern: $0.low) })
    }
  }

  /// A search that must read every trace, because it has no text of three bytes.
  private func foundByReading(_ text: String, _ store: TraceStore) async throws -> Set<UInt64> {
    var filter = TraceFilter()
    filter.limit = 10_000
    let matcher = try QueryLine.filter(text)
    let traces = try await store.traces(filter)
    return Set(
      traces.compactMap { spans in
        let trace = TraceMatcher.Trace(
          id: spans[0].traceID.description, spans: spans, logs: [], duration: 0, readsRecords: true)
        return matcher.matches(trace, TraceMatcher()) ? spans[0].traceID.low : nil
      })
  }

  @Test func aTextIsFoundWhereverItIs() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    try await store.add((1...500).map { try span($0) })
    try await store.add(logs: (1...500).map { try line($0) })
    // Late spans of traces in several groups.
    try await store.add([3, 130, 499].map { try span($0, id: 77) })
    for (text, traces) in [
      ("name1of321", [321]), ("far-77-1", [77]), ("noted_404x1", [404]), ("NOTED_404X1", [404]), ("key.99.1", [99]),
      ("logged_250", [250]), ("'within 251!'", [251]), ("event=logged_252", [252]), ("event=Noted_253x1", [253]),
      ("name77of", [3, 130, 499]), ("far-130-77", [130]), ("x77 logged_499", [499]), ("x77 logged_498", []),
      ("nowhere_at_all", []), ("service=local-3 far-10-1", [10]), ("service=local-4 far-10-1", []),
      ("remote~^far-12-", [12]), ("span_id", Array(1...500)), ("vice", Array(1...500)),
      ("not name1of and error", []),
    ] as [(String, [UInt64])] {
      #expect(try await found(text, store) == Set(traces), "\(text)")
    }
  }

  @Test func everyPartOfATextIsFound() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    var random = SeededGenerator(seed: 7)
    let spans = try (1...300).map { try span($0, id: UInt64.random(in: 1...3, using: &random)) }
    try await store.add(spans)
    for _ in 0..<60 {
      let span = try #require(spans.randomElement(using: &random))
      let texts = [
        span.name, span.remoteEndpoint?.serviceName, span.tags[0].key, span.tags[0].value, span.annotations[0].value,
      ].compactMap { $0 }
      let text = Array(
        try #require(texts.randomElement(using: &random)).filter { $0.isLetter || $0.isNumber || "._-".contains($0) })
      let first = Int.random(in: 0..<text.count, using: &random)
      let part = String(text[first..<Int.random(in: first + 1...text.count, using: &random)])
      // Some words mean something else in a query.
      guard part.first?.isLetter == true, !["error", "not", "or", "and"].contains(part) else { continue }
      #expect(try await found(part, store) == foundByReading(part, store), "\(part)")
    }
  }

  @Test func aWordThatNoTraceHasReadsFewTraces() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    try await store.add((1...2000).map { try span($0) })
    let candidates = try await store.pool.read { db in
      var candidates = try #require(try TraceCandidates(QueryLine.filter("payment_timeout"), db))
      var count = 0
      while try candidates.next() != nil { count += 1 }
      return count
    }
    #expect(candidates == 0)
  }

  @Test func evictedTracesTakeTheirTextsWithThem() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 2 << 20)
    // One trace of a quiet service stays, so that its group is older than all others.
    try await store.add([span(1, service: "quiet")])
    for first in stride(from: UInt64(2), to: 8000, by: 500) {
      try await store.add((first..<first + 500).map { try span($0) })
    }
    #expect(store.currentCounts.tracesEvicted > 1000)
    let groups = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM texts") ?? 0 }
    #expect(groups <= store.currentCounts.traces / 64 + 20, "\(groups) groups of \(store.currentCounts.traces)")
    #expect(try await found("far-7999-1", store) == [7999])
    #expect(try await found("far-1-1", store) == [1])
    #expect(try await found("far-3-1", store) == [])
  }

  @Test func tracesOfAnOlderStoreAreFoundAsWell() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "spoor-\(UUID().uuidString).sqlite").path
    defer {
      for suffix in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
    do { try await TraceStore(path: path, maximumBytes: 1 << 24).add((1...100).map { try span($0) }) }
    // As version 5 left it.
    try await DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          DROP TABLE texts; DELETE FROM counters WHERE name = 'textsFrom';
          DELETE FROM grdb_migrations WHERE identifier = '6'
          """)
    }
    let store = try TraceStore(path: path, maximumBytes: 1 << 24)
    try await store.add((101...400).map { try span($0) } + [span(50, id: 9)])
    for (text, trace) in [("far-7-1", 7), ("far-50-9", 50), ("far-50-1", 50), ("far-110-1", 110), ("far-399-1", 399)]
      as [(String, UInt64)]
    {
      #expect(try await found(text, store) == [trace], "\(text)")
    }
    #expect(try await found("nothing_like_it", store) == [])
  }

  /// Keys in the order of arrival, starts in any order.
  @Test(arguments: ["service=common", "name=work service=common"])
  func aCommonOperationIsCountedExactly(query: String) async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 27)
    var random = SeededGenerator(seed: 3)
    var expected = 0
    for first in stride(from: UInt64(1), through: 8000, by: 1000) {
      try await store.add(
        (first..<first + 1000).map { number in
          let isCommon = number.isMultiple(of: 3) || number < 100
          expected += isCommon ? 1 : 0
          return ZipkinSpan(
            traceID: try #require(ZipkinTraceID(high: 0, low: number)), id: try #require(ZipkinSpanID(1)),
            name: "work", timestamp: begin + Int64.random(in: 0..<1_000_000_000, using: &random), duration: 5,
            localEndpoint: ZipkinEndpoint(serviceName: isCommon ? "common" : "other"))
        })
    }
    var filter = try QueryLine.filter(query)
    filter.limit = 500
    let all = try await store.summaries(filter, .init(limit: 500)) { $0 }
    #expect(all.found == expected && all.rows.count == 500 && !all.isCut)
    let starts = all.rows.compactMap(\.start)
    #expect(starts == starts.sorted(by: >))
    // The next part of the list goes on from there and has the same number.
    filter.until = starts.last
    let next = try await store.summaries(filter, .init(limit: 500)) { $0 }
    #expect(next.found == expected && next.rows.first?.start == starts.last)
  }
}
