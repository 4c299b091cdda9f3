// SPDX-License-Identifier: Apache-2.0

import NIOPosix
import Synchronization

/// The threads on which queries run and bodies are read. The server's own threads are never used, so that it always
/// responds.
///
/// Both the number of threads and the number of waiting queries are bounded.
final class QueryWorkers: Sendable {
  private let pool: NIOThreadPool
  private let waiting = Atomic(0)
  private let maximumWaiting: Int
  private let limit: Duration

  /// - Parameters:
  ///   - threads: the maximum number of running queries.
  ///   - maximumWaiting: the maximum number of running and waiting queries together.
  ///   - limit: the time limit of a query, including waiting.
  init(threads: Int, maximumWaiting: Int = 64, limit: Duration = .seconds(30)) {
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
    self.maximumWaiting = maximumWaiting
    self.limit = limit
  }

  deinit { pool.shutdownGracefully { _ in } }

  /// Runs `body` on one of the threads. Cancelling the task ends the ticket.
  /// - Throws: ``QueryTicket/End``; what `body` throws.
  func run<Value: Sendable>(_ body: @escaping @Sendable (QueryTicket) throws -> Value) async throws -> Value {
    let count = waiting.wrappingAdd(1, ordering: .relaxed).newValue
    defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
    guard count <= maximumWaiting else { throw QueryTicket.End.overloaded }
    let ticket = QueryTicket(limit: limit)
    return try await withTaskCancellationHandler {
      try await pool.runIfActive {
        try ticket.check()
        return try body(ticket)
      }
    } onCancel: {
      ticket.cancel()
    }
  }
}
