// SPDX-License-Identifier: Apache-2.0

import GRDB

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A task for the fulfilment worker: a message in a table.
struct FulfilmentTask: Sendable {
  let number: Int64
  let orderID: String
  /// How often the task was started, including this time.
  let attempts: Int
  /// The headers that a message broker would carry; they hold the trace context.
  let headers: [String: String]

  /// The name, such as `T1001`.
  var name: String { "T\(number)" }
}

extension FulfilmentTask {
  /// Makes a task from the columns `number`, `order_id`, `attempts` and `headers`.
  init(_ row: Row) throws {
    let headers: String = row["headers"]
    self.init(
      number: row["number"], orderID: row["order_id"], attempts: row["attempts"],
      headers: try JSONDecoder().decode([String: String].self, from: Data(headers.utf8)))
  }
}

/// The task table: the message hop between order-service and the worker.
struct TaskTable: Sendable {
  let pool: ConnectionPool

  /// Marks the order as paid and adds a task for it, in one transaction.
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

  /// Claims the oldest waiting task, or returns `nil` if there is none. Two workers never get the same task.
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
        return try row.map(FulfilmentTask.init)
      }
    }
  }

  /// Marks the tasks that a dead worker had claimed, so that they are claimed again.
  ///
  /// - Returns: the tasks.
  func recoverInterrupted() async throws -> [FulfilmentTask] {
    try await pool.lend { connection in
      try await connection.use { database in
        try Row.fetchAll(
          database,
          sql: """
            UPDATE tasks SET state = 'recovering' WHERE state = 'running'
            RETURNING number, order_id, attempts, headers
            """
        ).map(FulfilmentTask.init)
      }
    }
  }

  /// The state of a task and how often it was started, or `nil` if the name does not exist.
  func status(of name: String) async throws -> (state: String, attempts: Int)? {
    try await pool.lend { connection in
      try await connection.use { database in
        try Row.fetchOne(
          database, sql: "SELECT state, attempts FROM tasks WHERE number = ?", arguments: [Int64(name.dropFirst())]
        ).map { ($0["state"], $0["attempts"]) }
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
