// SPDX-License-Identifier: Apache-2.0

import GRDB
import Logging
import SpoorModel

/// Compares every body with its checksum when a store is opened, because SQLite's own check only finds damage to its
/// structure.
enum StoreCheck {
  /// Logs the traces with damaged rows. Their readable parts are still shown, and the rest of the store is intact.
  static func report(_ pool: DatabasePool, path: String, _ logger: Logger) throws {
    let (rows, traces) = try pool.read { db in
      var rows = 0
      var traces: [String] = []
      for table in ["chunks", "logs"] {
        let all = try Row.fetchCursor(db, sql: "SELECT trace, body, sum FROM \(table) WHERE sum IS NOT NULL")
        while let row = try all.next() {
          guard let body = row.bytes(1), let sum = row.int(2), !Checksum.matches(body, sum) else { continue }
          rows += 1
          guard traces.count < 10, let trace = row.int(0) else { continue }
          let found = try Row.fetchOne(
            db, sql: "SELECT \(TraceRow.selection) FROM traces WHERE id = ?", arguments: [trace])
          if let id = found.flatMap({ TraceRow($0).traceID })?.description, !traces.contains(id) { traces.append(id) }
        }
      }
      return (rows, traces)
    }
    guard rows > 0 else { return }
    logger.error(
      "the store \(path) has \(rows) damaged rows, among others of the traces \(traces.joined(separator: " "))")
  }
}
