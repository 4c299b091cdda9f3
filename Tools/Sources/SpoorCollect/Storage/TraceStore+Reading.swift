// SPDX-License-Identifier: Apache-2.0

import CMemory
import Foundation
import GRDB
import SpoorModel

extension TraceStore {
  /// The maximum size of a list of traces in bytes of JSON; further traces are left out.
  private static let answerBytes = 24 << 20
  /// The maximum size of the spans of one trace in memory while they are merged; further spans are left out.
  private static let traceCost = 64 << 20
  /// The size of a trace in the store above which only one is in memory at a time.
  private static let largeBytes = 2 << 20
  /// The maximum number of spans that a service map reads, the newest first.
  private static let mapSpans = 200_000
  /// A trace's spans in memory.
  struct Spans: Sendable {
    let spans: [ZipkinSpan]
    /// Whether spans above the limit were left out.
    let isCut: Bool
  }

  /// Runs a query on a worker thread, not the server's, with a ticket that ends it.
  func query<Value: Sendable>(
    _ body: @escaping @Sendable (Database, QueryTicket) throws -> Value
  ) async throws -> Value {
    try await workers.run { [self] ticket in
      try pool.read { db in try ticket.guarding(db) { try body(db, ticket) } }
    }
  }

  /// The merged spans of a trace as JSON, and whether spans were left out; `nil` if there is no such trace.
  func json(of traceID: ZipkinTraceID) async throws -> (json: [UInt8], isCut: Bool)? {
    try await query { [self] db, ticket in
      guard let row = try Self.row(traceID, db), row.spans > 0 else { return nil }
      return try withSpans(of: row, db, ticket) { (ZipkinJSONEncoder.bytes(TraceMerge.merged($0.spans)), $0.isCut) }
    }
  }

  /// The merged spans of several traces as a JSON list of lists. Missing traces are left out.
  func json(of traceIDs: [ZipkinTraceID]) async throws -> [UInt8] {
    try await query { [self] db, ticket in
      var list = TraceList(limit: Self.answerBytes)
      var seen: Set<Int64> = []
      for id in traceIDs where !list.isFull {
        guard let row = try Self.row(id, db), row.spans > 0, seen.insert(row.id).inserted else { continue }
        try withSpans(of: row, db, ticket) { list.add($0.spans) }
      }
      return list.bytes
    }
  }

  /// The merged spans of the traces that a filter selects, the latest first, as a JSON list of lists.
  func json(_ filter: TraceFilter) async throws -> [UInt8] {
    try await query { [self] db, ticket in
      var list = TraceList(limit: Self.answerBytes)
      try walk(filter, db, ticket) { row, spans in
        list.add(spans)
        return !list.isFull && list.count < filter.limit
      }
      return list.bytes
    }
  }

  /// The spans of a trace as received, or `nil`.
  func spans(of traceID: ZipkinTraceID) async throws -> [ZipkinSpan]? {
    try await query { [self] db, ticket in
      guard let row = try Self.row(traceID, db), row.spans > 0 else { return nil }
      return try withSpans(of: row, db, ticket) { $0.spans }
    }
  }

  /// The traces that a filter selects, the latest first, as received.
  func traces(_ filter: TraceFilter) async throws -> [[ZipkinSpan]] {
    try await query { [self] db, ticket in
      var found: [[ZipkinSpan]] = []
      try walk(filter, db, ticket) { _, spans in
        found.append(spans)
        return found.count < filter.limit
      }
      return found
    }
  }

  /// A trace's key in the store, for ``chunk(of:after:)``, and a tag that changes whenever the trace does; `nil` if
  /// there is no such trace.
  func key(of traceID: ZipkinTraceID) async throws -> (key: Int64, tag: String)? {
    try await query { db, _ in
      try Self.row(traceID, db).map { ($0.id, "\"\($0.id)-\($0.spans)-\($0.logs)-\($0.bytes)\"") }
    }
  }

  /// Some of a trace's spans as JSON values with commas between them, and where to go on; `nil` at the end. Those that
  /// came by OTLP have a member `otlp` with what Zipkin has no place for.
  ///
  /// A trace is read in parts, so that it is never in memory as a whole.
  func chunk(of key: Int64, after: Int64) async throws -> (json: [UInt8], last: Int64)? {
    try await query { [self] db, ticket in
      let cursor = try Row.fetchCursor(
        db, sql: "SELECT id, body, sum FROM chunks WHERE trace = ? AND id > ? ORDER BY id", arguments: [key, after])
      var json: [UInt8] = []
      var last: Int64?
      while json.count < 1 << 20, let row = try cursor.next() {
        try ticket.check()
        last = row.int(0) ?? Int64.max
        let chunk = StoredTrace.decoded(row.bytes(1) ?? [], row.int(2), db, origins, keepsContent: true)
        note(damaged: chunk.lost, of: chunk.spans.first?.traceID)
        guard !chunk.spans.isEmpty else { continue }
        if !json.isEmpty { json.append(UInt8(ascii: ",")) }
        json += ZipkinJSONEncoder.bytes(chunk.spans, withContent: true).dropFirst().dropLast()
      }
      return last.map { (json, $0) }
    }
  }

  /// Some of a trace's log records in order of time, as JSON values separated by commas; `nil` at the end.
  func logChunk(of key: Int64, after: (time: Int64, id: Int64)) async throws -> (json: [UInt8], last: (Int64, Int64))? {
    try await query { db, ticket in
      let cursor = try Row.fetchCursor(
        db,
        sql: """
          SELECT time, id, body, sum FROM logs WHERE trace = ?1 AND (time > ?2 OR time = ?2 AND id > ?3) ORDER BY time, id
          """, arguments: [key, after.time, after.id])
      var json: [UInt8] = []
      var last: (Int64, Int64)?
      while json.count < 1 << 20, let row = try cursor.next() {
        try ticket.check()
        last = (row.int(0) ?? .max, row.int(1) ?? .max)
        guard let line = StoredTrace.readable(row.bytes(2) ?? [], row.int(3)) else { continue }
        if !json.isEmpty { json.append(UInt8(ascii: ",")) }
        json += line
      }
      return last.map { (json, $0) }
    }
  }

  /// The calls between services in the traces of a window of microseconds, the newest first, up to a limit of spans.
  func serviceMap<Answer: Sendable>(
    in window: ClosedRange<Int64>, _ use: @escaping @Sendable (ServiceMap) -> Answer
  ) async throws -> Answer {
    var filter = TraceFilter()
    filter.window = window
    return try await query { [self, filter] db, ticket in
      var map = ServiceMap()
      try walk(filter, db, ticket) { row, found in
        if map.spans >= Self.mapSpans {
          map.isSample = true
          return false
        }
        map.spans += row.spans
        map.since = row.start ?? map.since
        map.links.add(TraceTree(found))
        return true
      }
      return use(map)
    }
  }

  // MARK: Rows

  /// Calls `take` with the traces that a filter selects, the latest first, until it returns `false`.
  func walk(
    _ filter: TraceFilter, _ db: Database, _ ticket: QueryTicket, _ take: (TraceRow, [ZipkinSpan]) throws -> Bool
  ) throws {
    guard var candidates = try TraceCandidates(filter, db) else { return }
    let matcher = TraceMatcher()
    var goesOn = true
    while goesOn, let candidate = try candidates.next() {
      if let until = filter.until, candidate.start > until { continue }
      guard let row = try self.row(candidate.trace, db) else { continue }
      goesOn = try withSpans(of: row, db, ticket) { found in
        guard !filter.needsSpans || filter.matches(trace(of: row, found.spans, []), matcher) else { return true }
        return try take(row, found.spans)
      }
    }
  }

  /// The row with a key.
  func row(_ key: Int64, _ db: Database) throws -> TraceRow? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT \(TraceRow.selection) FROM traces WHERE id = ?"), arguments: [key]
    ).map(TraceRow.init)
  }

  /// A trace for ``TraceMatcher``.
  private func trace(of row: TraceRow, _ spans: [ZipkinSpan], _ logs: [[UInt8]]) -> TraceMatcher.Trace {
    TraceMatcher.Trace(
      id: row.traceID?.description ?? "", spans: spans, logs: logs, duration: row.duration, readsRecords: false)
  }

  /// Calls `use` with the spans of a trace. Only one large trace is in memory at a time.
  func withSpans<Value>(
    of row: TraceRow, _ db: Database, _ ticket: QueryTicket, _ use: (Spans) throws -> Value
  ) throws -> Value {
    try ticket.check()
    let isLarge = row.bytes > Self.largeBytes
    if isLarge { largeTrace.lock() }
    defer {
      if isLarge {
        // Returns the memory to the system, because the allocator would keep it for the thread.
        spoor_return_memory()
        largeTrace.unlock()
      }
    }
    let found = try StoredTrace.spans(of: row.id, db, origins, maximumCost: Self.traceCost) {
      try ticket.check()
    }
    note(damaged: found.lost, of: row.traceID)
    try ticket.check()
    return try use(Spans(spans: found.spans, isCut: found.isCut))
  }

  /// The row of an id: the exact one, otherwise the same id in 64 or 128 bits.
  private static func row(_ traceID: ZipkinTraceID, _ db: Database) throws -> TraceRow? {
    let (low, high) = (Int64(bitPattern: traceID.low), Int64(bitPattern: traceID.high))
    return try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT \(TraceRow.selection) FROM traces WHERE \(TraceRow.hasID)"), arguments: [low, high]
    ).map(TraceRow.init)
  }
}

/// A JSON list of traces, each a list of merged spans, up to a number of bytes.
private struct TraceList {
  let limit: Int
  private var writer = JSONWriter()
  private(set) var count = 0
  private var size = 2

  init(limit: Int) { self.limit = limit }

  var isFull: Bool { size >= limit }

  mutating func add(_ spans: [ZipkinSpan]) {
    let json = ZipkinJSONEncoder.bytes(TraceMerge.merged(spans))
    // The first trace is included whatever its size.
    guard count == 0 || size + json.count <= limit else {
      size = limit
      return
    }
    writer.raw(json)
    size += json.count
    count += 1
  }

  var bytes: [UInt8] { [UInt8(ascii: "[")] + writer.bytes + [UInt8(ascii: "]")] }
}
