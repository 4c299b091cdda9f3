import GRDB

/// The orders and the tasks, in one SQLite file that order-service and the fulfilment worker share.
struct OrderStore: Sendable {
  let pool: ConnectionPool

  /// Creates what is missing.
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

  /// Writes down a new order.
  ///
  /// - Throws: ``DuplicateOrder`` when the id is taken.
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

  /// How much a coupon takes off, in per cent.
  ///
  /// Here lies the query that began it all: the table is not there, for a migration never ran, the query throws, and
  /// nothing ends the transaction that was begun before it. It is left as it was: what had to be repaired is the pool,
  /// which must bear a caller's mistake.
  func discount(of coupon: String) async throws -> Int {
    try await pool.run("SELECT coupons") { database in
      try database.beginTransaction(.deferred)
      let percent = try Int.fetchOne(database, sql: "SELECT percent FROM coupons WHERE code = ?", arguments: [coupon])
      try database.commit()
      return percent ?? 0
    }
  }

  /// Sets where the order stands.
  func set(_ state: OrderState, of orderID: String) async throws {
    try await pool.run("UPDATE orders") { database in
      try database.execute(sql: "UPDATE orders SET state = ? WHERE id = ?", arguments: [state.rawValue, orderID])
    }
  }

  /// Where the order stands; `nil` when there is none of that id.
  func state(of orderID: String) async throws -> OrderState? {
    let text = try await pool.run("SELECT orders") { database in
      try String.fetchOne(database, sql: "SELECT state FROM orders WHERE id = ?", arguments: [orderID])
    }
    return text.flatMap(OrderState.init)
  }
}

/// An order of that id exists.
struct DuplicateOrder: Error, CustomStringConvertible {
  let id: String

  var description: String { "there is an order \(id) already" }
}
