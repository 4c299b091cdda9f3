// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Switches the orders' database from its primary to its replica, as an operator does.
///
/// No commit is lost, and no commit goes to a database that is no longer the primary:
/// 1. Take the write lock of the primary. Writers wait.
/// 2. Copy the primary to the replica (of a database over the network only the missing part, here everything).
/// 3. Add triggers to the primary that refuse every further write: the *fence*.
/// 4. Point the link at the replica, then release the lock. A waiting writer is refused by the fence, and finds the
///    replica when it looks again.
enum DatabaseSwitch {
  /// The fence's error message.
  static let refusal = "this database is no longer the primary"

  private static let tables = ["orders", "tasks"]

  /// Makes `replica` the primary.
  ///
  /// - Throws: SQLite's errors; the old primary remains in place then.
  static func promote(_ replica: String, at place: DatabasePlace) throws {
    let primary = try DatabaseQueue(path: place.file, configuration: configuration())
    defer { try? primary.close() }
    let reader = try DatabaseQueue(path: place.file, configuration: configuration())
    defer { try? reader.close() }
    let copy = try DatabaseQueue(path: replica, configuration: configuration())
    defer { try? copy.close() }
    try primary.writeWithoutTransaction { database in
      try database.inTransaction(.immediate) {
        try reader.backup(to: copy)
        for table in tables {
          for action in ["INSERT", "UPDATE", "DELETE"] {
            try database.execute(
              sql: """
                CREATE TRIGGER fence_\(table)_\(action) BEFORE \(action) ON \(table)
                BEGIN SELECT RAISE(ABORT, '\(refusal)'); END
                """)
          }
        }
        try place.name(replica)
        return .commit
      }
    }
  }

  /// Whether the fence caused `error`.
  static func isRefusal(_ error: any Error) -> Bool {
    let cause = (error as? StorageError)?.cause ?? error as? DatabaseError
    return cause?.message == refusal
  }

  private static func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(3)
    return configuration
  }
}
