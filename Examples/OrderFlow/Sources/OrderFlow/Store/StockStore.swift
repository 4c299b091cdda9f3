// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The stock, in inventory-service's own SQLite file.
struct StockStore: Sendable {
  let pool: ConnectionPool

  /// Creates the table and the example's products.
  func prepare() async throws {
    _ = try await pool.lend { connection in
      try await connection.use { database in
        try database.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, available INTEGER NOT NULL);
            INSERT OR IGNORE INTO stock VALUES
              ('SKU-LAMP', 1000000), ('SKU-CHAIR', 1000000), ('SKU-DESK', 1000000), ('SKU-RARE', 0);
            WITH RECURSIVE sale (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM sale WHERE number < 199)
              INSERT OR IGNORE INTO stock SELECT 'SKU-SALE-' || number, 1000 FROM sale;
            """)
      }
    }
  }

  /// The available quantity, or `nil` for an unknown product.
  func available(_ sku: String) async throws -> Int? {
    try await pool.run("SELECT stock") { database in
      try Int.fetchOne(database, sql: "SELECT available FROM stock WHERE sku = ?", arguments: [sku])
    }
  }

  /// Takes `quantity` from the stock.
  ///
  /// - Returns: the remaining quantity.
  /// - Throws: ``OutOfStock``, also for an unknown product.
  func reserve(_ quantity: Int, of sku: String) async throws -> Int {
    try await pool.run("UPDATE stock") { database in
      let left = try Int.fetchOne(
        database,
        sql: "UPDATE stock SET available = available - ? WHERE sku = ? AND available >= ? RETURNING available",
        arguments: [quantity, sku, quantity])
      guard let left else { throw OutOfStock(sku: sku) }
      return left
    }
  }
}

/// The stock is too small.
struct OutOfStock: Error, CustomStringConvertible {
  let sku: String

  var description: String { "\(sku) is out of stock" }
}
