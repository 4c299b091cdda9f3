import GRDB

/// What the writer says to SQLite for every piece, prepared once for its connection.
struct WriterStatements {
  let find: PreparedStatement
  let insert: PreparedStatement
  let update: PreparedStatement
  let chunk: PreparedStatement
  let log: PreparedStatement
  let occurrence: PreparedStatement
  let owner: PreparedStatement

  /// - Parameter db: the writer's connection, the only one that these may be used with.
  init(_ db: Database) throws {
    find = try PreparedStatement(db, "SELECT \(TraceRow.columns), id FROM traces WHERE low = ?")
    insert = try PreparedStatement(db, "INSERT INTO traces (\(TraceRow.columns)) VALUES (\(TraceRow.marks))")
    // Without what never changes, so that its indexes are let alone.
    update = try PreparedStatement(db, "UPDATE traces SET \(TraceRow.assignments) WHERE id = ?\(TraceRow.count + 1)")
    chunk = try PreparedStatement(db, "INSERT INTO chunks (trace, body) VALUES (?, ?)")
    log = try PreparedStatement(db, "INSERT INTO logs (trace, time, body) VALUES (?, ?, ?)")
    occurrence = try PreparedStatement(db, "INSERT OR IGNORE INTO occurrences (operation, trace) VALUES (?, ?)")
    owner = try PreparedStatement(db, "UPDATE owners SET bytes = bytes + ? WHERE id = ?")
  }
}
