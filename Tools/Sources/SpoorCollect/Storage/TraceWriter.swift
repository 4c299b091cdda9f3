import GRDB
import SpoorModel

/// Writes pieces of traces, one transaction at a time. What it remembers is what the store's tables say.
struct TraceWriter {
  private var operations: [Operation: Int64] = [:]
  private var owners: [String: Int64] = [:]
  private var remotes: Set<Operation> = []
  /// Bytes that services' traces grew by in this transaction.
  private var grown: [Int64: Int] = [:]
  private var statements: WriterStatements?
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

  /// Lets go of the statements, which must not outlive their connection.
  mutating func close() { statements = nil }

  /// Adds what a piece says to its trace, and to `counts`.
  mutating func write(_ piece: TracePiece, _ db: Database, _ counts: inout StoreCounts) throws {
    let statements = try prepared(db)
    let low = Int64(bitPattern: piece.traceID.low)
    statements.find.bind(low, at: 1)
    let isNew = try !statements.find.next()
    var row = isNew ? TraceRow(low: low, owner: try owner(of: piece, db)) : TraceRow(statements.find)
    statements.find.reset()
    row.merge(piece)

    var known = isNew ? [] : row.calls.operations
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
    let bytes =
      piece.body.count + piece.logs.reduce(0) { $0 + $1.json.count + 32 } + added.count * 16
      + piece.calls.count * 12 + (isNew ? 300 : 32)
    row.bytes += bytes
    grown[row.owner, default: 0] += bytes
    try row.save(db, statements, isNew: isNew)

    if !piece.body.isEmpty {
      statements.chunk.bind(row.id, at: 1)
      statements.chunk.bind(piece.body, at: 2)
      try statements.chunk.run()
    }
    for line in piece.logs {
      statements.log.bind(row.id, at: 1)
      statements.log.bind(line.time, at: 2)
      statements.log.bind(line.json, at: 3)
      try statements.log.run()
    }
    for id in added {
      statements.occurrence.bind(id, at: 1)
      statements.occurrence.bind(row.id, at: 2)
      try statements.occurrence.run()
    }
    for pair in piece.remotes where remotes.count < Self.maximumRemotes && remotes.insert(pair).inserted {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO remotes (service, remote) VALUES (?, ?)")
        .execute(arguments: [pair.service, pair.name])
    }
    counts.traces += isNew ? 1 : 0
    counts.spans += piece.spans
    counts.spansTaken += piece.spans
    counts.logs += piece.logs.count
    counts.logsTaken += piece.logs.count
  }

  /// Writes what is said once for all pieces of a transaction; to be called before anything is evicted.
  mutating func finish(_ db: Database) throws {
    let statements = try prepared(db)
    for (owner, bytes) in grown {
      statements.owner.bind(bytes, at: 1)
      statements.owner.bind(owner, at: 2)
      try statements.owner.run()
    }
    grown.removeAll(keepingCapacity: true)
  }

  private mutating func prepared(_ db: Database) throws -> WriterStatements {
    if let statements { return statements }
    let made = try WriterStatements(db)
    statements = made
    return made
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
