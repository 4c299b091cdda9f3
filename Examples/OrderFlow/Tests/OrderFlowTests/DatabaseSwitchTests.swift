// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing

@testable import OrderFlow

/// With real SQLite files, while orders are written.
struct DatabaseSwitchTests {
  private func run() throws -> RunDirectory {
    let directory = try RunDirectory(
      path: FileManager.default.temporaryDirectory.path + "/switch-\(UUID().uuidString)"
    ).made()
    try directory.placeOrderDatabase()
    return directory
  }

  private func count(_ file: String) throws -> Int {
    try DatabaseQueue(path: file).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM orders") ?? 0 }
  }

  @Test func `no order is lost that is written during a switch of the database`() async throws {
    let directory = try run()
    let pool = ConnectionPool(path: directory.orderDatabase)
    let store = OrderStore(pool: pool)
    try await store.prepare()
    _ = try await concurrently(200, width: 16) { number in
      if number == 100 {
        try DatabaseSwitch.promote(directory.orderReplica, at: DatabasePlace(path: directory.orderDatabase))
      }
      try await store.insert(.example("ORD\(number)"))
    }
    #expect(try count(directory.orderReplica) == 200)
    // Later orders are not in the old database: the two have not diverged.
    #expect(try count(directory.orderPrimary) < 200)
    #expect(pool.counters.switched > 0)
    #expect(pool.counters.inUse == 0)
  }

  @Test func `the fence refuses a pool that does not follow the switch`() async throws {
    let directory = try run()
    let pool = ConnectionPool(path: directory.orderDatabase, settings: PoolSettings(followsSwitch: false))
    let store = OrderStore(pool: pool)
    try await store.prepare()
    try DatabaseSwitch.promote(directory.orderReplica, at: DatabasePlace(path: directory.orderDatabase))
    await #expect { try await store.insert(.example("ORD1")) } throws: { DatabaseSwitch.isRefusal($0) }
  }

  @Test func `an order's id stays taken after the switch`() async throws {
    let directory = try run()
    let store = OrderStore(pool: ConnectionPool(path: directory.orderDatabase))
    try await store.prepare()
    try await store.insert(.example("ORD1"))
    try DatabaseSwitch.promote(directory.orderReplica, at: DatabasePlace(path: directory.orderDatabase))
    await #expect(throws: DuplicateOrder.self) { try await store.insert(.example("ORD1")) }
  }
}
