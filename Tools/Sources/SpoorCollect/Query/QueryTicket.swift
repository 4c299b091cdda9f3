// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The permission of one query to continue. It ends when the client disconnects or the time limit is reached.
///
/// A query checks it between records, and SQLite checks it during long statements.
final class QueryTicket: Sendable {
  /// Why a query ended before its answer.
  enum End: Error, Equatable {
    /// Too many queries are waiting.
    case overloaded
    /// The query exceeded its time limit.
    case tooLong(Duration)
    /// The client has disconnected.
    case abandoned
  }

  private let isCancelled = Atomic(false)
  private let limit: Duration
  private let deadline: ContinuousClock.Instant

  /// - Parameter limit: the time limit from now on.
  init(limit: Duration) {
    self.limit = limit
    deadline = .now + limit
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// - Throws: ``End`` if the query must end.
  func check() throws(End) {
    if isCancelled.load(ordering: .relaxed) { throw .abandoned }
    if ContinuousClock.now >= deadline { throw .tooLong(limit) }
  }

  /// Runs statements that SQLite interrupts when the ticket has ended.
  func guarding<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
    try check()
    // The ticket outlives the call, and the handler is removed before it returns.
    let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe sqlite3_progress_handler(
      db.sqliteConnection, 20_000,
      { pointer in
        guard let pointer = unsafe pointer else { return 0 }
        let ticket = unsafe Unmanaged<QueryTicket>.fromOpaque(pointer).takeUnretainedValue()
        return (try? ticket.check()) == nil ? 1 : 0
      }, pointer)
    defer { unsafe sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
    do {
      return try body()
    } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
      try check()
      throw error
    }
  }
}
