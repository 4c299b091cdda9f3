// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import OrderFlow

/// With real SQLite files.
struct ConnectionPoolTests {
  private func pool(_ settings: PoolSettings = PoolSettings()) -> ConnectionPool {
    ConnectionPool(
      path: FileManager.default.temporaryDirectory.path + "/pool-\(UUID().uuidString).sqlite", settings: settings)
  }

  @Test func `a returned connection is lent again`() async throws {
    let pool = pool()
    let first = try await pool.lend { $0.number }
    let second = try await pool.lend { $0.number }
    #expect(first == second)
    #expect(pool.counters.open == 1)
    #expect(pool.counters.inUse == 0)
  }

  @Test func `a connection with an open transaction is closed and not lent again`() async throws {
    let pool = pool()
    let first = try await pool.lend { connection in
      try await connection.use { try $0.execute(sql: "BEGIN") }
      return connection.number
    }
    let second = try await pool.lend { $0.number }
    #expect(first != second)
    #expect(pool.counters.destroyed == 1)
  }

  @Test func `the error of a caller that waits too long names the holders of the connections`() async throws {
    let pool = pool(PoolSettings(maximumConnections: 1, acquireTimeout: .milliseconds(10)))
    try await pool.lend { (_) -> Void in
      // In another task, because this task would get the connection that it already holds.
      let other = Task.detached { try await pool.lend { _ in } }
      await #expect(throws: PoolTimeout.self) { try await other.value }
    }
    #expect(pool.counters.timeouts == 1)
    #expect(pool.counters.waiting == 0)
  }

  @Test func `a waiting caller gets the connection that is returned`() async throws {
    let pool = pool(PoolSettings(maximumConnections: 1))
    let waiter = try await pool.lend { _ in
      let waiter = Task.detached { try await pool.lend { $0.number } }
      while pool.counters.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
      return waiter
    }
    #expect(try await waiter.value == 1)
    #expect(pool.counters.mostWaiting == 1)
    #expect(pool.counters.mostInUse == 1)
  }

  @Test func `a cancelled caller stops waiting`() async throws {
    let pool = pool(PoolSettings(maximumConnections: 1))
    try await pool.lend { _ in
      let waiter = Task.detached { try await pool.lend { _ in } }
      while pool.counters.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
    }
    #expect(pool.counters.waiting == 0)
    #expect(try await pool.lend { $0.number } == 1)
  }

  @Test func `a task that holds a connection reuses it`() async throws {
    let pool = pool(PoolSettings(maximumConnections: 1, acquireTimeout: .milliseconds(10)))
    let answer = try await pool.lend { _ in
      try await pool.run("SELECT") { try Int.fetchOne($0, sql: "SELECT 7") }
    }
    #expect(answer == 7)
    #expect(pool.counters.open == 1 && pool.counters.inUse == 0)
  }

  @Test func `a hundred callers share ten connections`() async throws {
    let pool = pool()
    try await pool.lend { try await $0.use { try $0.execute(sql: "CREATE TABLE numbers (number INTEGER)") } }
    try await withThrowingTaskGroup { group in
      for number in 0..<100 {
        group.addTask {
          try await pool.run("INSERT numbers") { database in
            try database.execute(sql: "INSERT INTO numbers VALUES (?)", arguments: [number])
          }
        }
      }
      try await group.waitForAll()
    }
    let count = try await pool.run("SELECT numbers") { try Int.fetchOne($0, sql: "SELECT count(*) FROM numbers") }
    #expect(count == 100)
    #expect(pool.counters.mostInUse <= 10)
    #expect(pool.counters.inUse == 0)
  }
}
