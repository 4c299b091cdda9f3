// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel
import Testing

@testable import SpoorCollect

/// Origins of OTLP that many traces have in common.
@Suite struct StoredOriginsTests {
  private static func spans(trace: Int, service: String = "order", resourceBytes: Int = 10) throws -> [ZipkinSpan] {
    let id = String(format: "%032x", trace)
    let pad = String(repeating: "x", count: resourceBytes)
    let body = #"""
      {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\#(service)"}},
      {"key":"pad","value":{"stringValue":"\#(pad)"}}]},"scopeSpans":[{"scope":{"name":"test"},"spans":[
      {"traceId":"\#(id)","spanId":"00000000000000a1","name":"n","startTimeUnixNano":"1700000000000000000",
      "endTimeUnixNano":"1700000000001000000"}]}]}]}
      """#
    var list = SpanListReader(otlp: try OTLPRequest.traces(json: Array(body.utf8)))
    var spans: [ZipkinSpan] = []
    while case .span(let span)? = try list.next() { spans.append(span) }
    return spans
  }

  private static func origins(_ store: TraceStore) async throws -> Int {
    try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM origins") ?? 0 }
  }

  private static func service(_ store: TraceStore, _ trace: Int) async throws -> String? {
    let id = try #require(ZipkinTraceID(high: 0, low: UInt64(trace)))
    return try await store.spans(of: id)?.first?.serviceName
  }

  @Test func aResourceOfManyTracesIsStoredOnce() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    for trace in 1...50 { try await store.add(Self.spans(trace: trace, service: "service \(trace % 2)")) }
    #expect(try await Self.origins(store) == 2)
    for trace in 1...50 { #expect(try await Self.service(store, trace) == "service \(trace % 2)") }
  }

  @Test func aStoreThatIsOpenedAgainFindsItsOrigins() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-origins-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "traces.sqlite").path
    for trace in 1...3 {
      let store = try TraceStore(path: path, maximumBytes: 1 << 26)
      try await store.add(Self.spans(trace: trace))
      #expect(try await Self.origins(store) == 1)
    }
  }

  @Test func anOriginThatIsTooLargeStandsWithItsSpans() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    for trace in 1...2 {
      try await store.add(Self.spans(trace: trace, resourceBytes: StoredOrigins.maximumBytes))
      #expect(try await Self.service(store, trace) == "order")
    }
    #expect(try await Self.origins(store) == 0)
  }

  @Test func originsTakeASixteenthOfTheStoreAtMost() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    for trace in 1...150 {
      try await store.add(Self.spans(trace: trace, service: "service \(trace)", resourceBytes: 12_000))
    }
    let bytes = try await store.pool.read { try Int.fetchOne($0, sql: "SELECT sum(length(body)) FROM origins") ?? 0 }
    #expect(bytes > 900_000 && bytes <= 1 << 20)
    for trace in [1, 75, 150] { #expect(try await Self.service(store, trace) == "service \(trace)") }
  }

  /// The row says for which traces it may be used; when those are gone, so is it.
  @Test func anOriginGoesWithItsLastTrace() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    try await store.add(Self.spans(trace: 1, service: "old"))
    try await store.add(Self.spans(trace: 2, service: "new"))
    let isDeleted = try await store.pool.write { db in
      try db.execute(sql: "UPDATE origins SET trace = id")
      let early = try StoredOrigins.evict(db)
      try db.execute(sql: "DELETE FROM traces WHERE id = 1")
      return (early, try StoredOrigins.evict(db))
    }
    #expect(isDeleted == (false, true))
    #expect(try await Self.origins(store) == 1)
    #expect(try await Self.service(store, 2) == "new")
  }

  @Test func aDamagedOriginCostsOnlyItself() async throws {
    let store = try TraceStore(path: nil, maximumBytes: 1 << 26)
    try await store.add(Self.spans(trace: 1))
    try await store.pool.write { try $0.execute(sql: "UPDATE origins SET sum = sum + 1") }
    let id = try #require(ZipkinTraceID(high: 0, low: 1))
    let spans = try #require(try await store.spans(of: id))
    #expect(spans.count == 1 && spans[0].serviceName == nil && spans[0].name == "n")
    #expect(store.currentCounts.rowsDamaged > 0)
  }
}
