import GRDB

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A task for the fulfilment worker: a message that lies in a table.
struct FulfilmentTask: Sendable {
  let number: Int64
  let orderID: String
  /// How often it was taken up, this time included.
  let attempts: Int
  /// What carries the trace: the headers that a message broker would carry.
  let headers: [String: String]

  /// `T1001` and so on.
  var name: String { "T\(number)" }
}

/// The task table: the message hop between order-service and the worker.
struct TaskTable: Sendable {
  let pool: ConnectionPool

  /// Marks the order as paid and leaves a task for it, both or neither.
  ///
  /// - Returns: the task's name.
  func enqueue(orderID: String, headers: [String: String]) async throws -> String {
    let text = String(decoding: try JSONEncoder().encode(headers), as: UTF8.self)
    let number = try await pool.run("INSERT tasks") { database in
      try database.inTransaction {
        try database.execute(
          sql: "UPDATE orders SET state = ? WHERE id = ?", arguments: [OrderState.paid.rawValue, orderID])
        try database.execute(
          sql: "INSERT INTO tasks (order_id, state, headers) VALUES (?, 'queued', ?)", arguments: [orderID, text])
        return .commit
      }
      return database.lastInsertedRowID
    }
    return "T\(number)"
  }

  /// Takes up the oldest task that waits; `nil` when there is none. No two workers get the same one.
  func claim() async throws -> FulfilmentTask? {
    try await pool.lend { connection in
      try await connection.use { database in
        let row = try Row.fetchOne(
          database,
          sql: """
            UPDATE tasks SET state = 'running', attempts = attempts + 1
            WHERE number = (SELECT number FROM tasks WHERE state IN ('queued', 'recovering') ORDER BY number LIMIT 1)
            RETURNING number, order_id, attempts, headers
            """)
        guard let row else { return nil }
        let headers: String = row["headers"]
        return FulfilmentTask(
          number: row["number"], orderID: row["order_id"], attempts: row["attempts"],
          headers: try JSONDecoder().decode([String: String].self, from: Data(headers.utf8)))
      }
    }
  }

  /// Marks what a worker that died had taken up, so that it is taken up again.
  ///
  /// - Returns: the tasks' names.
  func recoverInterrupted() async throws -> [String] {
    try await pool.lend { connection in
      try await connection.use { database in
        try Int64.fetchAll(
          database, sql: "UPDATE tasks SET state = 'recovering' WHERE state = 'running' RETURNING number"
        ).map { "T\($0)" }
      }
    }
  }

  /// Marks the task as done and its order as fulfilled.
  func finish(_ task: FulfilmentTask) async throws {
    try await pool.run("UPDATE tasks") { database in
      try database.inTransaction {
        try database.execute(sql: "UPDATE tasks SET state = 'done' WHERE number = ?", arguments: [task.number])
        try database.execute(
          sql: "UPDATE orders SET state = ? WHERE id = ?",
          arguments: [OrderState.fulfilled.rawValue, task.orderID])
        return .commit
      }
    }
  }
}
