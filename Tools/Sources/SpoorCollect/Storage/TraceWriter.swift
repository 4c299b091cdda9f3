// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import SpoorModel

/// Writes pieces of traces, one transaction at a time. Everything that it caches is in the store's tables as well.
struct TraceWriter {
  private var operations = NameCache<Operation>(limit: 20_000)
  private var owners = NameCache<String>(limit: 2 * Eviction.maximumOwners)
  private var remotes = NameCache<Operation>(limit: 20_000)
  private var origins: StoredOrigins
  private var texts = TraceTexts.Writer()
  /// The growth of services' traces in this transaction, in bytes.
  private var grown: [Int64: Int] = [:]
  private var statements: WriterStatements?

  /// The maximum number of pairs of services; the oldest are deleted above it, because names come from outside.
  private static let maximumRemotes = 10_000
  /// The size of the rows for spans of one trace, so that a reader can read a huge trace in parts.
  private static let chunkBytes = 256 << 10
  /// In a trace with more spans than this, a span that arrives in parts is counted by its side and endpoint, without
  /// merging all spans.
  private static let recountLimit = 2000

  /// - Parameter maximumBytes: the limit of the store.
  init(maximumBytes: Int) { origins = StoredOrigins(maximumBytes: maximumBytes) }

  /// Releases the statements, which must not outlive their connection.
  mutating func close() { statements = nil }

  /// Keeps the cached names since the last call, because their rows are written.
  mutating func commit() {
    operations.commit()
    owners.commit()
    remotes.commit()
    origins.commit()
  }

  /// Discards the cached names since the last commit, because their rows were rolled back.
  mutating func rollBack(grown before: [Int64: Int]) {
    operations.rollBack()
    owners.rollBack()
    remotes.rollBack()
    origins.rollBack()
    grown = before
  }

  /// The growth of services' traces in this transaction so far, in bytes, for ``rollBack(grown:)``.
  var growth: [Int64: Int] { grown }

  /// Removes rows that eviction has deleted from the caches.
  mutating func forget(_ evicted: Eviction.Outcome) {
    operations.forget(evicted.operations)
    owners.forget(evicted.owners)
    if evicted.hasDeletedOrigins { origins.forget() }
    if evicted.traces > 0 { texts.forget() }
  }

  /// Adds a piece to its trace and to `counts`.
  mutating func write(_ piece: TracePiece, _ db: Database, _ counts: inout StoreCounts) throws {
    let statements = try prepared(db)
    guard let traceID = piece.traceID else { return try write(loose: piece.logs, statements, &counts) }
    statements.find.bind(Int64(bitPattern: traceID.low), at: 1)
    statements.find.bind(Int64(bitPattern: traceID.high), at: 2)
    let isNew = try !statements.find.next()
    var row = isNew ? TraceRow(traceID, owner: try owner(of: piece, db)) : TraceRow(statements.find)
    statements.find.reset()
    let spansBefore = row.spans
    row.merge(piece)
    let fresh = try fresh(of: piece, in: isNew ? nil : row.id, statements)

    var occurring = isNew ? [] : row.calls.operations
    var added: [Int64] = []
    for member in fresh.counted { try count(member.call, in: &row, &occurring, &added, db) }
    if let root = piece.root {
      row.root = try operation(root, db)
    } else if row.root == nil, let first = piece.members.first {
      row.root = try operation(first.call.operation, db)
    }
    let bytes =
      fresh.stored.reduce(0) { $0 + $1.range.count + 48 } + originBytes(fresh.stored, piece)
      + piece.logs.reduce(0) { $0 + $1.json.count + 40 }
      + added.count * 16 + fresh.counted.count * 12 + (isNew ? 364 : 32)
    row.bytes += bytes
    grown[row.owner, default: 0] += bytes
    try row.save(db, statements, isNew: isNew)
    try store(fresh.stored, of: piece, in: row.id, db, statements)
    try texts.add(piece.trigrams, to: row.id, db)
    if fresh.needsMerge, row.spans + fresh.stored.count <= Self.recountLimit {
      try recount(&row, &occurring, &added, db)
      try row.save(db, statements, isNew: false)
    }
    for id in added {
      statements.occurrence.bind(id, at: 1)
      statements.occurrence.bind(row.id, at: 2)
      try statements.occurrence.run()
    }
    for pair in piece.remotes where remotes[pair] == nil { try add(remote: pair, db) }
    counts.traces += isNew ? 1 : 0
    counts.spans += row.spans - spansBefore
    counts.spansTaken += piece.spans
    counts.logs += piece.logs.count
    counts.logsTaken += piece.logs.count
  }

  /// Writes the sums of a transaction. Must be called before anything is evicted.
  mutating func finish(_ db: Database) throws {
    let statements = try prepared(db)
    try texts.save(db)
    for (owner, bytes) in grown {
      statements.owner.bind(bytes, at: 1)
      statements.owner.bind(owner, at: 2)
      try statements.owner.run()
    }
    grown.removeAll(keepingCapacity: true)
  }

  // MARK: Spans that are there already

  /// The spans of a piece that the trace does not have.
  private struct Fresh {
    /// The spans with new content.
    var stored: [TracePiece.Member] = []
    /// The spans among them that are new spans and not new forms.
    var counted: [TracePiece.Member] = []
    /// Whether a span of an identifier arrived in more than one form, so that spans can only be counted by merging.
    var needsMerge = false
  }

  private func fresh(of piece: TracePiece, in trace: Int64?, _ statements: WriterStatements) throws -> Fresh {
    var fresh = Fresh()
    var ids: Set<Int64> = []
    var keys: Set<SpanKey> = []
    var sides: Set<SpanKey.Side> = []
    for member in piece.members {
      let key = member.key
      var isKnown = (id: !ids.insert(key.span).inserted, key: !keys.insert(key).inserted, side: false)
      isKnown.side = !sides.insert(key.side).inserted
      if let trace, !isKnown.key {
        statements.known.bind(trace, at: 1)
        statements.known.bind(key.span, at: 2)
        statements.known.bind(key.content, at: 3)
        statements.known.bind(key.side.contents.lowerBound, at: 4)
        statements.known.bind(key.side.contents.upperBound, at: 5)
        if try statements.known.next() {
          isKnown.id = isKnown.id || statements.known.number(0) == 1
          isKnown.key = statements.known.number(1) == 1
          isKnown.side = isKnown.side || statements.known.number(2) == 1
        }
        statements.known.reset()
      }
      if isKnown.key { continue }
      fresh.stored.append(member)
      if isKnown.id { fresh.needsMerge = true }
      if !isKnown.side { fresh.counted.append(member) }
    }
    return fresh
  }

  /// Bytes of the origins that are stored with spans.
  private func originBytes(_ members: [TracePiece.Member], _ piece: TracePiece) -> Int {
    var bytes = 0
    var origin: Int?
    for member in members {
      guard let own = member.origin, own != origin else { continue }
      bytes += origins.cost(of: piece.origins[own])
      origin = own
    }
    return bytes
  }

  private mutating func store(
    _ members: [TracePiece.Member], of piece: TracePiece, in trace: Int64, _ db: Database,
    _ statements: WriterStatements
  ) throws {
    var body: [UInt8] = []
    // The origin of the last span in the body. Each body begins without one, so that it can be read alone.
    var origin: Int?
    func flush() throws {
      guard !body.isEmpty else { return }
      origin = nil
      statements.chunk.bind(trace, at: 1)
      statements.chunk.bind(body, at: 2)
      statements.chunk.bind(Checksum.of(body), at: 3)
      try statements.chunk.run()
      body.removeAll(keepingCapacity: true)
    }
    for member in members {
      if let own = member.origin, own != origin {
        if let number = try origins.number(of: piece.origins[own], in: trace, db) {
          StoredSpans.append(origin: UInt64(number), to: &body)
        } else {
          StoredSpans.append(piece.origins[own], to: &body)
        }
        origin = own
      }
      body += piece.body[member.range]
      statements.member.bind(trace, at: 1)
      statements.member.bind(member.key.span, at: 2)
      statements.member.bind(member.key.content, at: 3)
      try statements.member.run()
      if body.count >= Self.chunkBytes { try flush() }
    }
    try flush()
    for line in piece.logs { try statements.insert(line, in: trace, at: line.time) }
  }

  /// Writes log records without a trace. One without a time that can be read gets the present one, because it is found
  /// by its time.
  private mutating func write(
    loose lines: [LogLine], _ statements: WriterStatements, _ counts: inout StoreCounts
  ) throws {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    for line in lines {
      try statements.insert(line, in: LooseLogs.trace, at: line.time > 0 ? line.time : now)
      grown[LooseLogs.owner, default: 0] += LooseLogs.bytes(line.json.count)
    }
    counts.logs += lines.count
    counts.logsTaken += lines.count
  }

  private mutating func count(
    _ call: OperationCall, in row: inout TraceRow, _ occurring: inout Set<Int64>, _ added: inout [Int64],
    _ db: Database
  ) throws {
    row.spans += 1
    row.errors += call.isError ? 1 : 0
    let id = try operation(call.operation, db)
    let isNew = !occurring.contains(id)
    guard row.calls.append(.init(operation: id, isError: call.isError, duration: call.duration), isNew: isNew) else {
      return
    }
    if isNew {
      occurring.insert(id)
      added.append(id)
    }
  }

  /// Counts a trace's stored spans, merged as every reader merges them.
  private mutating func recount(
    _ row: inout TraceRow, _ occurring: inout Set<Int64>, _ added: inout [Int64], _ db: Database
  ) throws {
    let before = occurring
    row.calls = CallList()
    (row.spans, row.errors, occurring) = (0, 0, [])
    var new: [Int64] = []
    for span in TraceMerge.merged(try StoredTrace.spans(of: row.id, db, OriginCache()).spans) {
      try count(OperationCall(span), in: &row, &occurring, &new, db)
    }
    for id in before.subtracting(occurring) {
      try db.cachedStatement(sql: "DELETE FROM occurrences WHERE operation = ? AND trace = ?")
        .execute(arguments: [id, row.id])
    }
    added = Array(occurring)
  }

  // MARK: Names

  private mutating func prepared(_ db: Database) throws -> WriterStatements {
    if let statements { return statements }
    let made = try WriterStatements(db)
    statements = made
    return made
  }

  private mutating func operation(_ operation: Operation, _ db: Database) throws -> Int64 {
    if let id = operations[operation] { return id }
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM operations WHERE service = ? AND name = ?"),
      arguments: [operation.service, operation.name])
    if found == nil {
      try db.cachedStatement(sql: "INSERT INTO operations (service, name) VALUES (?, ?)")
        .execute(arguments: [operation.service, operation.name])
    }
    let id = found ?? db.lastInsertedRowID
    operations.insert(operation, id)
    return id
  }

  /// The service for which a trace is counted: the first one that sent a part of it. Above ``Eviction/maximumOwners``
  /// services, new ones share one name.
  private mutating func owner(of piece: TracePiece, _ db: Database) throws -> Int64 {
    let service = Operation.indexed(
      piece.members.first?.call.operation.service ?? piece.logs.first?.words["service"] ?? "")
    if let id = try owners[service] ?? ownerID(service, db) { return id }
    let count = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM owners")) ?? 0
    let name = count < Eviction.maximumOwners ? service : ""
    if name != service, let id = try ownerID(name, db) { return id }
    try db.execute(sql: "INSERT INTO owners (service, bytes) VALUES (?, 0)", arguments: [name])
    owners.insert(name, db.lastInsertedRowID)
    return db.lastInsertedRowID
  }

  private mutating func ownerID(_ service: String, _ db: Database) throws -> Int64? {
    let id = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM owners WHERE service = ?"), arguments: [service])
    if let id { owners.insert(service, id) }
    return id
  }

  private mutating func add(remote pair: Operation, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO remotes (service, remote) VALUES (?, ?)")
      .execute(arguments: [pair.service, pair.name])
    remotes.insert(pair, 0)
    guard db.changesCount > 0 else { return }
    let count = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM remotes")) ?? 0
    guard count > Self.maximumRemotes else { return }
    try db.execute(
      sql: "DELETE FROM remotes WHERE id IN (SELECT id FROM remotes ORDER BY id LIMIT ?)",
      arguments: [Self.maximumRemotes / 10])
    remotes = NameCache(limit: 20_000)
  }
}
