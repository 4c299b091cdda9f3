// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel
import Testing

@testable import SpoorCollect

private func span(
  _ trace: UInt64, id: UInt64 = 1, service: String = "a", at time: Int64 = 1_700_000_000_000_000,
  padding: Int = 0
) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: trace)), id: try #require(ZipkinSpanID(id)), name: "work",
    timestamp: time + Int64(trace), duration: 1000, localEndpoint: ZipkinEndpoint(serviceName: service),
    tags: [ZipkinTag(key: "n", value: "\(trace)"), ZipkinTag(key: "p", value: String(repeating: "x", count: padding))])
}

private func temporaryFile() -> String {
  FileManager.default.temporaryDirectory.appending(path: "spoor-store-\(UUID().uuidString).sqlite").path
}

@Suite struct StoreTests {
  @Test func theOldestTracesGoWholeAndAreCounted() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 20)
    for first in stride(from: UInt64(1), to: 4000, by: 100) {
      try await store.add(
        (first..<first + 100).flatMap { try [span($0, padding: 300), span($0, id: 2, padding: 300)] })
    }
    let counts = store.currentCounts
    #expect(counts.bytes <= 1 << 20 && counts.tracesEvicted > 0)
    #expect(counts.tracesEvicted + counts.traces == 4000)
    #expect(counts.spans == counts.traces * 2 && counts.spansEvicted == counts.tracesEvicted * 2)
    let id = { try #require(ZipkinTraceID(high: 0, low: $0)) }
    #expect(try await store.spans(of: id(1)) == nil)
    #expect(try await store.spans(of: id(4000))?.count == 2)
  }

  @Test func aNoisyServiceEvictsItsOwnTracesOnly() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 20)
    try await store.add((1...20).map { try span($0, service: "quiet", padding: 300) })
    for first in stride(from: UInt64(100), to: 6100, by: 200) {
      try await store.add((first..<first + 200).map { try span($0, service: "noisy", padding: 300) })
    }
    #expect(store.currentCounts.tracesEvicted > 1000)
    for trace in UInt64(1)...20 {
      #expect(try await store.spans(of: #require(ZipkinTraceID(high: 0, low: trace))) != nil)
    }
  }

  @Test func servicesWithoutTracesTakeNoRoom() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 20)
    let rounds = 16
    var held: [Int] = []
    for round in 0..<rounds {
      let first = UInt64(round * 500 + 1)
      try await store.add((first..<first + 500).map { try span($0, service: "service \($0)") })
      held.append(store.currentCounts.traces)
    }
    let owners = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM owners") ?? 0 }
    #expect(owners <= Eviction.maximumOwners + 1)
    #expect(store.currentCounts.bytes <= 1 << 20 && store.currentCounts.tracesEvicted > 0)
    // At the end as many traces fit as when the store was first full.
    let full = try #require(held.indices.dropFirst().first { held[$0] <= held[$0 - 1] })
    #expect(held[rounds - 1] * 10 >= held[full] * 9, "\(held)")
  }

  @Test func theOldestPairsOfServicesGo() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    for first in stride(from: 1, to: 10_500, by: 500) {
      try await store.add(
        (first..<first + 500).map { number in
          ZipkinSpan(
            traceID: try #require(ZipkinTraceID(high: 0, low: 1)), id: try #require(ZipkinSpanID(UInt64(number))),
            kind: .client, localEndpoint: ZipkinEndpoint(serviceName: "a"),
            remoteEndpoint: ZipkinEndpoint(serviceName: "r\(number)"))
        })
    }
    let remotes = try await store.remoteServices(of: "a")
    #expect(remotes.count <= 10_000 && remotes.contains("r10500") && !remotes.contains("r1"))
  }

  @Test func aStoreThatIsOpenedAgainHasWhatWasAdded() async throws {
    let path = temporaryFile()
    defer {
      for suffix in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
    do {
      let store = try TraceStore(path: path, maximumBytes: 1 << 24)
      try await store.add([span(7)])
    }
    let store = try TraceStore(path: path, maximumBytes: 1 << 24)
    #expect(try await store.spans(of: #require(ZipkinTraceID(high: 0, low: 7)))?.count == 1)
    #expect(store.currentCounts.traces == 1 && store.currentCounts.spansTaken == 1)
    // Names that were known before are not written twice.
    try await store.add([span(8)])
    #expect(try await store.services() == ["a"])
  }

  @Test func searchesUseIndexes() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    // More than a rare operation has, so that both ways of searching occur.
    try await store.add((1...2500).map { try span($0, service: "common") } + [span(9000, service: "rare")])
    var filters: [TraceFilter] = [TraceFilter()]
    for service in ["common", "rare"] {
      var filter = TraceFilter()
      filter.service = service
      filters.append(filter)
    }
    var tagged = TraceFilter()
    tagged.annotations = [AnnotationTerm(key: "n", value: "77")]
    tagged.errorsOnly = true
    filters.append(tagged)
    for filter in filters {
      let plan = try await store.pool.read { db in
        let statement = try #require(try TraceStatement(filter, db))
        return try Row.fetchAll(
          db, sql: "EXPLAIN QUERY PLAN \(statement.sql)", arguments: StatementArguments(statement.values)
        )
        .map { $0["detail"] as String }
      }
      #expect(!plan.contains { $0.hasPrefix("SCAN traces") || $0.hasPrefix("SCAN occurrences") }, "\(plan)")
      #expect(plan.contains { $0.contains("traces_by_start") || $0.contains("INTEGER PRIMARY KEY") }, "\(plan)")
    }
    #expect(try await store.traces(filters[2]).count == 1)
  }

  @Test func atTheBackOfAFullQueueSpansAreRefused() async throws {
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let queue = IngestQueue(limit: 1) { _ in
      begin.yield()
      for await _ in gate { break }
    }
    let batch = IngestQueue.Batch(TracePiece.pieces(of: [try span(1)]))
    async let first: Void = queue.submit(batch)
    for await _ in begun { break }
    await #expect(throws: IngestQueue.Refusal.full) { try await queue.submit(batch) }
    open.yield()
    try await first
  }

  @Test(arguments: [
    ("service=a", 1), ("service=b", 0), ("name=work n=5", 1), ("n>4", 1), ("n>5", 0), ("n!=6", 1), ("n~5", 1),
    ("error", 0), ("duration>=1ms", 1), ("duration>1ms", 0), ("p", 1), ("q", 0), ("event=paid", 1), ("paid", 1),
    ("event=lost", 0), ("\"n=5\"", 0), ("PAI", 1), ("service!=a", 0), ("service!=b", 1), ("n=6 or n==5", 1),
    ("not n=5", 0), ("(n=6 or n=7) service=a", 0), ("event~^pa", 1), ("event~^ai", 0), ("00000005", 1),
    ("0000000000000005", 1),
    ("00-00000000000000000000000000000005-0000000000000001-01", 1), ("span.duration>=1ms", 1), ("span.duration>1ms", 0),
    ("n:5", 1), ("service=a n=5", 1), ("service=a error", 0), ("name=\"work\" paid", 1), ("level>=info", 0),
    ("name~WOR", 1), ("n!~5", 0), ("order.id=7", 1), ("order.id=8", 0),
  ])
  func aLineOfTextFindsWhatItSays(line: String, found: Int) async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    try await store.add([span(5)])
    let record = #"{"timestamp":"2023-11-14T22:13:20Z","trace_id":"0000000000000005","event":"paid","order":{"id":7}}"#
    try await store.add(logs: [try #require(LogLine(record.utf8))])
    var filter = try QueryLine.filter(line)
    filter.limit = 10
    #expect(try await store.summaries(filter, .init(limit: 10)) { $0 }.rows.count == found)
  }

  @Test(
    arguments: [
      ("2023-11-07T14:23:01.234Z", 1_699_366_981_234_000), ("1970-01-01T00:00:00Z", 0),
      ("2024-02-29T12:00:00.123456789Z", 1_709_208_000_123_456), ("2023-11-07T15:23:01+01:00", 1_699_366_981_000_000),
      ("2023-13-07T14:23:01Z", nil), ("yesterday", nil), ("2023-11-07T14:23:01+", 1_699_366_981_000_000),
    ] as [(String, Int64?)])
  func timestampsAreRead(text: String, expected: Int64?) { #expect(Timestamp.microseconds(text) == expected) }
}
