import GRDB

/// The switch of the orders' database from its primary to its replica, as an operator carries it out.
///
/// Nothing that was committed is lost, and nothing is committed to a database that no longer counts:
/// 1. the write lock of the primary is taken: who writes waits;
/// 2. what the primary has is copied to the replica (of a database over the network, what it has not yet: here all of it);
/// 3. triggers are laid over the primary that refuse every further write: the *fence*;
/// 4. the place names the replica, and only then the lock is let go. Who waited runs into the fence, and finds the
///    replica when it looks again.
enum DatabaseSwitch {
  /// What the fence says.
  static let refusal = "this database is no longer the primary"

  private static let tables = ["orders", "tasks"]

  /// Makes `replica` the database that counts.
  ///
  /// - Throws: SQLite's errors; the primary still counts then.
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

  /// Whether `error` is the fence's.
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
