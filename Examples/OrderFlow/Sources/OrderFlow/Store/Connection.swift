import GRDB

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One connection to a SQLite file.
///
/// It is given to one caller at a time, by a ``ConnectionPool``.
final class Connection: Sendable {
  /// Which connection of the pool it is, for logs and spans.
  let number: Int
  /// The file that it reads and writes.
  let file: String
  let opened: ContinuousClock.Instant
  private let queue: DatabaseQueue

  /// Opens `file`, creating the file when it is missing.
  init(file: String, number: Int) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.label = "connection \(number)"
    // A transaction may be left open: the pool is what has to notice.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    self.number = number
    self.file = file
    opened = .now
    queue = try DatabaseQueue(path: file, configuration: configuration)
  }

  /// Runs `work` on the connection, outside of any transaction that it does not begin itself.
  func use<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await queue.writeWithoutTransaction(work)
  }

  /// Whether a transaction was begun and neither committed nor rolled back.
  func hasOpenTransaction() async -> Bool {
    (try? await queue.writeWithoutTransaction { $0.isInsideTransaction }) ?? true
  }

  /// Closes it; an open transaction is rolled back by SQLite.
  func close() {
    try? queue.close()
  }
}
