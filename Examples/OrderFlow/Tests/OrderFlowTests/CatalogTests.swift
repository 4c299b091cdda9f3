// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import OrderFlow

struct CatalogTests {
  private func catalog(_ settings: CatalogSettings) async throws -> Catalog {
    let path = FileManager.default.temporaryDirectory.path + "/catalog-\(UUID().uuidString).sqlite"
    let stock = StockStore(pool: ConnectionPool(path: path))
    try await stock.prepare()
    return Catalog(stock: stock, settings: settings)
  }

  @Test(arguments: [(CatalogGuard.open, 5), (.guarded, 1), (.oneLock, 5), (.sharded, 1)])
  func `absence is read as often as the guard allows`(kind: CatalogGuard, reads: Int) async throws {
    let catalog = try await catalog(kind.settings)
    for _ in 0..<5 { #expect(try await catalog.available("SKU-GHOST") == nil) }
    #expect(catalog.counts.databaseReads == reads)
  }

  @Test(arguments: [(CatalogGuard.open, 1), (.guarded, 1), (.oneLock, 5), (.sharded, 1)])
  func `with a cache an existing product is read once`(kind: CatalogGuard, reads: Int) async throws {
    let catalog = try await catalog(kind.settings)
    for _ in 0..<5 { #expect(try await catalog.available("SKU-SALE-7") == 1_000) }
    #expect(catalog.counts.databaseReads == reads)
  }

  @Test func `a cached answer expires at the end of its lifetime`() {
    let cache = AnswerCache<Int>(life: .zero, capacity: 10)
    cache.remember(.present(1), for: "a")
    #expect(cache["a"] == nil)
  }

  @Test func `a full cache evicts the oldest entry`() {
    let cache = AnswerCache<Int>(life: .seconds(600), capacity: 2)
    for (number, key) in ["a", "b", "a", "c"].enumerated() { cache.remember(.present(number), for: key) }
    #expect(cache["a"] == nil)
    #expect(cache["b"]?.value == 1)
    #expect(cache["c"]?.value == 3)
    #expect(cache.count == 2)
  }

  @Test func `concurrent requests for the same key share one read`() async throws {
    let flights = Flights<Int>()
    let reads = NIOLockedValueBox(0)
    let callers = 20
    let asking = NIOLockedValueBox(0)
    let answers = try await concurrently(callers, width: callers) { _ in
      asking.withLockedValue { $0 += 1 }
      return try await flights.value(for: "a") {
        reads.withLockedValue { $0 += 1 }
        // Wait until all calls have started.
        while asking.withLockedValue({ $0 }) < callers { await Task.yield() }
        return 7
      }
    }
    #expect(answers.allSatisfy { $0.value == 7 })
    let count = reads.withLockedValue { $0 }
    #expect(answers.count { $0.isShared } == callers - count)
    #expect(count < callers)
  }

  @Test func `a failed read is not shared with later callers`() async throws {
    struct Failed: Error {}
    let flights = Flights<Int>()
    await #expect(throws: Failed.self) { try await flights.value(for: "a") { throw Failed() } }
    #expect(try await flights.value(for: "a") { 7 }.value == 7)
  }

  @Test func `only one task is inside a lock`() async throws {
    let locks = ShardedLocks(count: 1)
    let state = NIOLockedValueBox((inside: 0, most: 0))
    _ = try await concurrently(200, width: 20) { number in
      await locks.withLock(for: "\(number)") {
        state.withLockedValue { state in
          state.inside += 1
          state.most = max(state.most, state.inside)
        }
        await Task.yield()
        state.withLockedValue { $0.inside -= 1 }
      }
    }
    #expect(state.withLockedValue { $0.most } == 1)
    #expect(locks.shards.map(\.acquisitions) == [200])
  }
}

struct SeededGeneratorTests {
  @Test func `the numbers are those of the published generator`() {
    // The first outputs for the seed 1234567 of the reference implementation.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect((0..<3).map { _ in generator.next() } == [6457827717110365317, 3203168211198807973, 9817491932198370423])
  }

  @Test func `the first of 200 products has 17 percent of Zipf's demand`() {
    var generator = SeededGenerator(seed: 7890)
    let demand = ZipfDistribution(count: 200, exponent: 1)
    let draws = (0..<20_000).map { _ in demand.draw(&generator) }
    let first = Double(draws.count { $0 == 0 }) / 20_000
    // 1 / H(200) = 0.1701, standard deviation 0.0027.
    #expect((0.157...0.183).contains(first))
    #expect(draws.allSatisfy { (0..<200).contains($0) })
  }
}
