import GRDB
import SpoorModel

/// Writes pieces of traces, one transaction at a time. What it remembers is what the store's tables say.
struct TraceWriter {
  private var operations: [Operation: Int64] = [:]
  private var owners: [String: Int64] = [:]
  private var remotes: Set<Operation> = []
  /// Beyond it no new pair of services is remembered: names come from outside.
  private static let maximumRemotes = 10_000

  init(_ db: Database) throws {
    for row in try Row.fetchAll(db, sql: "SELECT id, service, name FROM operations") {
      operations[Operation(service: row[1], name: row[2])] = row[0]
    }
    for row in try Row.fetchAll(db, sql: "SELECT id, service FROM owners") { owners[row[1]] = row[0] }
    for row in try Row.fetchAll(db, sql: "SELECT service, remote FROM remotes") {
      remotes.insert(Operation(service: row[0], name: row[1]))
    }
  }

  /// Forgets operations that occur in no trace any more.
  mutating func forget(operations gone: Set<Int64>) {
    guard !gone.isEmpty else { return }
    operations = operations.filter { !gone.contains($0.value) }
  }

  /// Adds what a piece says to its trace, and to `counts`.
  mutating func write(_ piece: TracePiece, _ db: Database, _ counts: inout StoreCounts) throws {
    let low = Int64(bitPattern: piece.traceID.low)
    let found = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM traces WHERE low = ?"), arguments: [low])
    var row = try found.map(TraceRow.init) ?? TraceRow(low: low, owner: owner(of: piece, db))
    row.merge(piece)

    var known = row.calls.operations
    var added: [Int64] = []
    for call in piece.calls {
      let id = try operation(call.operation, db)
      let isNew = known.insert(id).inserted
      if isNew { added.append(id) }
      row.calls.append(.init(operation: id, isError: call.isError, duration: call.duration), isNew: isNew)
    }
    if let root = piece.root {
      row.root = try operation(root, db)
    } else if row.root == nil, let first = piece.calls.first {
      row.root = try operation(first.operation, db)
    }
    let grown =
      piece.body.count + piece.logs.reduce(0) { $0 + $1.json.count + 32 } + added.count * 16
      + piece.calls.count * 12 + (found == nil ? 200 : 32)
    row.bytes += grown
    try row.save(db, isNew: found == nil)

    if !piece.body.isEmpty {
      try db.cachedStatement(sql: "INSERT INTO chunks (trace, body) VALUES (?, ?)")
        .execute(arguments: [row.id, piece.body.databaseBlob])
    }
    for line in piece.logs {
      try db.cachedStatement(sql: "INSERT INTO logs (trace, time, body) VALUES (?, ?, ?)")
        .execute(arguments: [row.id, line.time, line.json.databaseBlob])
    }
    for id in added {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO occurrences (operation, trace) VALUES (?, ?)")
        .execute(arguments: [id, row.id])
    }
    for pair in piece.remotes where remotes.count < Self.maximumRemotes && remotes.insert(pair).inserted {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO remotes (service, remote) VALUES (?, ?)")
        .execute(arguments: [pair.service, pair.name])
    }
    try db.cachedStatement(sql: "UPDATE owners SET bytes = bytes + ? WHERE id = ?")
      .execute(arguments: [grown, row.owner])
    counts.traces += found == nil ? 1 : 0
    counts.spans += piece.spans
    counts.spansTaken += piece.spans
    counts.logs += piece.logs.count
    counts.logsTaken += piece.logs.count
  }

  private mutating func operation(_ operation: Operation, _ db: Database) throws -> Int64 {
    if let id = operations[operation] { return id }
    try db.cachedStatement(sql: "INSERT INTO operations (service, name) VALUES (?, ?)")
      .execute(arguments: [operation.service, operation.name])
    operations[operation] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }

  /// The service that a trace is counted for: the first that says anything of it.
  private mutating func owner(of piece: TracePiece, _ db: Database) throws -> Int64 {
    let service = piece.calls.first?.operation.service ?? piece.logs.first?.words["service"] ?? ""
    if let id = owners[service] { return id }
    try db.execute(sql: "INSERT INTO owners (service, bytes) VALUES (?, 0)", arguments: [service])
    owners[service] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }
}
