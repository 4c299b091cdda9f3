// SPDX-License-Identifier: Apache-2.0

import GRDB
import NIOConcurrencyHelpers

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A connection to a SQLite file.
///
/// A ``ConnectionPool`` lends it to one caller at a time.
final class Connection: Sendable {
  /// The connection's number in its pool, for logs and spans.
  let number: Int
  /// The database file.
  let file: String
  let opened: ContinuousClock.Instant
  private let queue: DatabaseQueue
  private let steps: NIOLockedValueBox<[TransactionStep]>

  /// Opens `file`, and creates it if it is missing.
  init(file: String, number: Int) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.label = "connection \(number)"
    // A transaction may be left open, because the pool has to notice it.
    configuration.allowsUnsafeTransactions = true
    let steps = NIOLockedValueBox<[TransactionStep]>([])
    configuration.prepareDatabase { database in
      database.trace { event in
        if case .statement(let statement) = event, let step = TransactionStep(sql: statement.sql) {
          steps.withLockedValue { $0.append(step) }
        }
      }
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    self.number = number
    self.file = file
    self.steps = steps
    opened = .now
    queue = try DatabaseQueue(path: file, configuration: configuration)
  }

  /// Runs `work` on the connection without beginning a transaction.
  func use<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await queue.writeWithoutTransaction(work)
  }

  /// The transaction steps since the last call, oldest first.
  func takeTransactionSteps() -> [TransactionStep] {
    steps.withLockedValue { steps in
      defer { steps = [] }
      return steps
    }
  }

  /// Whether a transaction was begun and neither committed nor rolled back.
  func hasOpenTransaction() async -> Bool {
    (try? await queue.writeWithoutTransaction { $0.isInsideTransaction }) ?? true
  }

  /// Closes the connection. SQLite rolls an open transaction back.
  func close() {
    try? queue.close()
  }
}
