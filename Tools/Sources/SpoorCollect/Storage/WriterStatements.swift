// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The writer's statements, prepared once for its connection.
struct WriterStatements {
  let find: PreparedStatement
  let insert: PreparedStatement
  let update: PreparedStatement
  let chunk: PreparedStatement
  let log: PreparedStatement
  let occurrence: PreparedStatement
  let owner: PreparedStatement
  let member: PreparedStatement
  let known: PreparedStatement

  /// - Parameter db: the writer's connection, the only one for which these may be used.
  init(_ db: Database) throws {
    find = try PreparedStatement(db, "SELECT \(TraceRow.columns), id FROM traces WHERE \(TraceRow.hasID)")
    insert = try PreparedStatement(db, "INSERT INTO traces (\(TraceRow.columns)) VALUES (\(TraceRow.marks))")
    // Columns that never change are left out, so that their indexes are not touched.
    update = try PreparedStatement(db, "UPDATE traces SET \(TraceRow.assignments) WHERE id = ?\(TraceRow.count + 1)")
    chunk = try PreparedStatement(db, "INSERT INTO chunks (trace, body, sum) VALUES (?, ?, ?)")
    log = try PreparedStatement(db, "INSERT INTO logs (trace, time, body, sum) VALUES (?, ?, ?, ?)")
    occurrence = try PreparedStatement(db, "INSERT OR IGNORE INTO occurrences (operation, trace) VALUES (?, ?)")
    owner = try PreparedStatement(db, "UPDATE owners SET bytes = bytes + ? WHERE id = ?")
    member = try PreparedStatement(db, "INSERT OR IGNORE INTO members (trace, span, content) VALUES (?, ?, ?)")
    known = try PreparedStatement(
      db,
      """
      SELECT EXISTS (SELECT 1 FROM members WHERE trace = ?1 AND span = ?2),
        EXISTS (SELECT 1 FROM members WHERE trace = ?1 AND span = ?2 AND content = ?3),
        EXISTS (SELECT 1 FROM members WHERE trace = ?1 AND span = ?2 AND content BETWEEN ?4 AND ?5)
      """)
  }

  /// Inserts a log record.
  ///
  /// - Parameter time: microseconds since 1970.
  func insert(_ line: LogLine, in trace: Int64, at time: Int64) throws {
    log.bind(trace, at: 1)
    log.bind(time, at: 2)
    log.bind(line.json, at: 3)
    log.bind(Checksum.of(line.json), at: 4)
    try log.run()
  }
}
