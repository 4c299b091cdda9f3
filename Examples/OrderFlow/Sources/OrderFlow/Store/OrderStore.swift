// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Orders and tasks, in one SQLite file that order-service and the fulfilment worker share.
struct OrderStore: Sendable {
  let pool: ConnectionPool

  /// Creates missing tables.
  func prepare() async throws {
    _ = try await pool.lend { connection in
      try await connection.use { database in
        try database.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS orders (
              id TEXT PRIMARY KEY, user_id TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL,
              amount_cents INTEGER NOT NULL, state TEXT NOT NULL
            );
            CREATE TABLE IF NOT EXISTS tasks (
              number INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, state TEXT NOT NULL,
              attempts INTEGER NOT NULL DEFAULT 0, headers TEXT NOT NULL
            );
            -- The worker looks for open tasks 50 times a second: it must not read those that are done.
            CREATE INDEX IF NOT EXISTS tasks_by_state ON tasks (state, number);
            INSERT INTO sqlite_sequence (name, seq)
              SELECT 'tasks', 1000 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tasks');
            """)
      }
    }
  }

  /// Inserts a new order.
  ///
  /// - Throws: ``DuplicateOrder`` if the id exists.
  func insert(_ order: OrderRequest) async throws {
    try await pool.run("INSERT orders") { database in
      do {
        try database.inTransaction(.immediate) {
          try database.execute(
            sql: "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
              order.orderID, order.customer.id, order.sku, order.quantity, order.amountCents,
              OrderState.received.rawValue,
            ])
          return .commit
        }
      } catch DatabaseError.SQLITE_CONSTRAINT_PRIMARYKEY {
        throw DuplicateOrder(id: order.orderID)
      }
    }
  }

  /// The discount of a coupon in per cent.
  ///
  /// This query caused the incident. The table is missing because a migration never ran, so the query throws, and
  /// nothing ends the transaction that was begun before. It is left like this on purpose: the repair is in the pool,
  /// which must tolerate a caller's mistake.
  func discount(of coupon: String) async throws -> Int {
    try await pool.run("SELECT coupons") { database in
      try database.beginTransaction(.deferred)
      let percent = try Int.fetchOne(database, sql: "SELECT percent FROM coupons WHERE code = ?", arguments: [coupon])
      try database.commit()
      return percent ?? 0
    }
  }

  /// Sets the state of an order.
  func set(_ state: OrderState, of orderID: String) async throws {
    try await pool.run("UPDATE orders") { database in
      try database.execute(sql: "UPDATE orders SET state = ? WHERE id = ?", arguments: [state.rawValue, orderID])
    }
  }

  /// The state of an order, or `nil` if the id does not exist.
  func state(of orderID: String) async throws -> OrderState? {
    let text = try await pool.run("SELECT orders") { database in
      try String.fetchOne(database, sql: "SELECT state FROM orders WHERE id = ?", arguments: [orderID])
    }
    return text.flatMap(OrderState.init)
  }
}

/// An order with this id exists.
struct DuplicateOrder: Error, CustomStringConvertible {
  let id: String

  var description: String { "there is an order \(id) already" }
}
