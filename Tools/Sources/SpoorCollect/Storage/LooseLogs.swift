// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The log records without a trace's id. They are rows of `logs` with no trace, and share the store as one service
/// does: above their share the oldest are deleted.
enum LooseLogs {
  /// Their `trace`, which is no trace's key.
  static let trace: Int64 = 0
  /// Their row in `owners`.
  static let owner: Int64 = -1

  /// The size of a record with a body of so many bytes.
  static func bytes(_ body: Int) -> Int { body + 56 }

  /// Deletes the oldest records, and returns how many.
  static func evict(_ count: Int, _ db: Database) throws -> Int {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT id, length(body) FROM logs WHERE trace = \(trace) ORDER BY time LIMIT ?"),
      arguments: [count])
    var size = 0
    for row in rows {
      try db.cachedStatement(sql: "DELETE FROM logs WHERE id = ?").execute(arguments: [row.int(0)])
      size += bytes(Int(row.int(1) ?? 0))
    }
    // Their size was added when they were written; the last one takes what is left of it.
    try db.cachedStatement(
      sql: "UPDATE owners SET bytes = CASE WHEN ?1 = 0 THEN 0 ELSE max(0, bytes - ?2) END WHERE id = \(owner)"
    ).execute(arguments: [rows.count, size])
    return rows.count
  }
}
