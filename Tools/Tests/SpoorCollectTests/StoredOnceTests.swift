// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel
import Testing

@testable import SpoorCollect

private func span(
  _ trace: UInt64, high: UInt64 = 0, id: UInt64 = 1, name: String = "work", service: String? = "a",
  kind: ZipkinSpan.Kind? = nil, duration: Int64? = 1000, error: String? = nil, shared: Bool = false
) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: high, low: trace)), id: try #require(ZipkinSpanID(id)), kind: kind,
    name: name, timestamp: 1_700_000_000_000_000, duration: duration,
    localEndpoint: service.flatMap { ZipkinEndpoint(serviceName: $0) },
    tags: error.map { [ZipkinTag(key: "error", value: $0)] } ?? [], shared: shared)
}

/// Counts are counts of distinct spans, and no record displaces another.
@Suite struct StoredOnceTests {
  /// The counts in the list, the operations, the counters and the trace itself.
  private func counts(_ store: TraceStore, _ trace: UInt64) async throws -> (list: [Int], trace: [Int], held: Int) {
    let summaries = try await store.summaries(TraceFilter(), .init(limit: 10)) { $0 }
    let row = try #require(summaries.rows.first)
    let calls = summaries.statistics(over: 0...1).reduce((0, 0)) { ($0.0 + $1.calls, $0.1 + $1.errors) }
    let tree = TraceTree(try await store.spans(of: try #require(ZipkinTraceID(high: 0, low: trace))) ?? [])
    #expect(calls == (row.spans, row.errors))
    return ([row.spans, row.errors], [tree.spanCount, tree.errorCount], store.currentCounts.spans)
  }

  @Test(arguments: [1, 2, 3])
  func spansThatAreSentAgainAreCountedOnce(times: Int) async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    let spans = [try span(1, error: "x"), try span(1, id: 2)]
    for _ in 0..<times { try await store.add(spans) }
    // Within one request as well.
    try await store.add(spans + spans)
    let counts = try await counts(store, 1)
    #expect(counts.list == [2, 1] && counts.trace == [2, 1] && counts.held == 2)
    let rows = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM chunks") }
    #expect(rows == 1)
  }

  @Test func piecesOfSpansAreCountedAsTheyAreMerged() async throws {
    let pieces = [
      // A span that was sent when it began, and again at its end, by then with an endpoint and an error.
      try span(1, service: nil, duration: nil), try span(1, error: "late"),
      // Both sides of a shared span; the second is not marked.
      try span(1, id: 2, kind: .client), try span(1, id: 2, service: "b", kind: .server),
      // One identifier on two hosts.
      try span(1, id: 3), try span(1, id: 3, service: "b"),
    ]
    for order in [pieces, pieces.reversed()] {
      let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
      for piece in order { try await store.add([piece]) }
      let apart = try await counts(store, 1)
      #expect(apart.list == apart.trace && apart.list == [5, 1] && apart.held == 5)
      let together = try TraceStore(path: nil, maximumBytes: 1 << 24)
      try await together.add(Array(order))
      #expect(try await counts(together, 1).list == [5, 1])
    }
  }

  @Test func tracesThatShareTheLowerHalfOfTheirIdsAreApart() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    try await store.add([span(7, high: 1, id: 1)])
    try await store.add([span(7, high: 2, id: 2), span(7, high: 1, id: 3)])
    let id = { try #require(ZipkinTraceID(high: $0, low: 7)) }
    #expect(try await store.spans(of: id(1))?.map(\.id.value) == [1, 3])
    #expect(try await store.spans(of: id(2))?.map(\.id.value) == [2])
    #expect(try await store.spans(of: id(3)) == nil)
    // The spans of a 64-bit tracer in between belong to the first trace.
    try await store.add([span(7, id: 4)])
    #expect(try await store.spans(of: id(1))?.count == 3 && store.currentCounts.traces == 2)
    #expect(try await store.spans(of: id(0))?.count == 3)
    // In the other order, the trace becomes 128 bits wide when one of its spans is.
    try await store.add([span(8, id: 1)])
    try await store.add([span(8, high: 5, id: 2)])
    try await store.add([span(8, high: 6, id: 3)])
    let wide = try #require(ZipkinTraceID(high: 5, low: 8))
    #expect(try await store.spans(of: wide)?.count == 2 && store.currentCounts.traces == 4)
    #expect(try await store.summaries(TraceFilter(), .init(limit: 10)) { $0 }.rows.map(\.spans).reduce(0, +) == 7)
  }

  @Test func aRecordThatCannotBeStoredIsRefusedAloneAndByName() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    try await store.pool.write { db in
      try db.execute(
        sql: """
          CREATE TRIGGER poison BEFORE INSERT ON operations WHEN NEW.name = 'poison'
          BEGIN SELECT RAISE(ABORT, 'poisoned'); END
          """)
    }
    async let innocent: Void = store.add([try span(1), try span(2, name: "other")])
    await #expect(
      throws: IngestQueue.Refusal.record("trace 0000000000000004 cannot be stored: poisoned", spans: 1, logs: 0)
    ) {
      try await store.add([span(3), span(4, name: "poison"), span(5, name: "new name")])
    }
    try await innocent
    for trace in [1, 2, 3, 5] as [UInt64] {
      #expect(try await store.spans(of: try #require(ZipkinTraceID(high: 0, low: trace)))?.count == 1, "\(trace)")
    }
    #expect(store.currentCounts.traces == 4 && store.currentCounts.spans == 4)
    // Names cached for the record that was rolled back do not count as stored.
    try await store.pool.write { try $0.execute(sql: "DROP TRIGGER poison") }
    try await store.add([span(4, name: "poison")])
    #expect(try await store.spanNames(of: "a") == ["new name", "other", "poison", "work"])
  }

  @Test func namesThatDifferAfterANULAreTwoNames() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    try await store.add([span(1, name: "a", service: "s")])
    try await store.add([span(2, name: "a\u{0}b", service: "s\u{0}t")])
    try await store.add([span(3, name: "a\u{0}c", service: "s\u{0}u")])
    let record = #"{"trace_id":"0000000000000009","service":"s\u0000v","event":"e"}"#
    try await store.add(logs: [try #require(LogLine(record.utf8))])
    #expect(try await store.services() == ["s", "s\u{FFFD}t", "s\u{FFFD}u"])
    #expect(try await store.spanNames(of: "s\u{0}t") == ["a\u{FFFD}b"])
    #expect(store.currentCounts.traces == 4)
  }

  @Test func aNameOfAnyLengthIsStoredAndFound() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    let name = String(repeating: "é", count: 5000)
    try await store.add([span(1, name: name, service: name)])
    #expect(try await store.services().first?.utf8.count ?? .max <= Operation.maximumBytes)
    var filter = TraceFilter()
    filter.service = name
    filter.name = name
    #expect(try await store.traces(filter).first?.first?.name == name)
  }
}
