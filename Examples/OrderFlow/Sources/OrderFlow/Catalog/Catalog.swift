// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOConcurrencyHelpers
import Tracing

/// Answers questions about products, with or without guards in front of the database.
final class Catalog: Sendable {
  /// Counters, read together.
  struct Counts: Codable, Sendable {
    var questions = 0
    /// Requests answered from the cache.
    var hits = 0
    /// Cache hits that say "absent".
    var absentHits = 0
    /// Requests answered by another caller's read.
    var shared = 0
    var databaseReads = 0
    var shards: [ShardedLocks.Shard] = []

    enum CodingKeys: String, CodingKey {
      case questions
      case hits
      case absentHits = "absent_hits"
      case shared
      case databaseReads = "database_reads"
      case shards
    }

    /// The share of requests that the cache answered, 0 to 1.
    var hitRate: Double { questions == 0 ? 0 : Double(hits) / Double(questions) }
    /// The busiest lock's share of all uses of locks, 0 to 1.
    var busiestShare: Double {
      let all = shards.reduce(0) { $0 + $1.acquisitions }
      return all == 0 ? 0 : Double(shards.map(\.acquisitions).max() ?? 0) / Double(all)
    }
  }

  private let stock: StockStore
  private let settings: CatalogSettings
  private let cache: AnswerCache<Int>?
  private let flights = Flights<Int?>()
  private let locks: ShardedLocks?
  private let state = NIOLockedValueBox(Counts())
  /// Requests for products that do not exist, and how many of them read the database.
  private let unknown = NIOLockedValueBox((requests: 0, reads: 0))
  private let log = Logger(label: "catalog")

  init(stock: StockStore, settings: CatalogSettings) {
    self.stock = stock
    self.settings = settings
    cache = settings.cacheLife.map { AnswerCache(life: $0, capacity: CatalogSettings.cacheCapacity) }
    locks = settings.locks > 0 ? ShardedLocks(count: settings.locks) : nil
  }

  /// The available quantity, at most ``CatalogSettings/cacheLife`` old, or `nil` for an unknown product.
  func available(_ sku: String) async throws -> Int? {
    try await withSpan("look up product") { span in
      span.attributes["product.sku"] = sku
      state.withLockedValue { $0.questions += 1 }
      let (available, outcome) = try await answer(sku)
      span.attributes["cache.outcome"] = outcome
      if available == nil { noteUnknown(sku) }
      return available
    }
  }

  /// The answer, and where it comes from.
  private func answer(_ sku: String) async throws -> (available: Int?, outcome: String) {
    if let known = known(sku) { return (known.value, "hit") }
    guard settings.sharesFlights else { return (try await lockedRead(sku), "read") }
    let (available, isShared) = try await flights.value(for: sku) { try await self.lockedRead(sku) }
    if isShared { state.withLockedValue { $0.shared += 1 } }
    return (available, isShared ? "shared" : "read")
  }

  /// A client may keep asking for unknown products. One record for each hundred requests.
  private func noteUnknown(_ sku: String) {
    let (requests, reads) = unknown.withLockedValue { unknown in
      unknown.requests += 1
      return unknown
    }
    guard requests.isMultiple(of: 100) else { return }
    log.warning(
      "unknown_products_requested",
      metadata: [
        "times": .stringConvertible(requests), "database_reads": .stringConvertible(reads), "sku": "\(sku)",
      ])
  }

  var counts: Counts {
    var counts = state.withLockedValue { $0 }
    counts.shards = locks?.shards ?? []
    return counts
  }

  private func known(_ sku: String) -> AnswerCache<Int>.Known? {
    guard let known = cache?[sku] else { return nil }
    state.withLockedValue { counts in
      counts.hits += 1
      if known.value == nil { counts.absentHits += 1 }
    }
    return known
  }

  private func lockedRead(_ sku: String) async throws -> Int? {
    guard let locks else { return try await read(sku) }
    return try await locks.withLock(for: sku) {
      // The previous holder of the lock may have filled the cache.
      if let known = known(sku) { return known.value }
      return try await read(sku)
    }
  }

  private func read(_ sku: String) async throws -> Int? {
    state.withLockedValue { $0.databaseReads += 1 }
    if settings.readTime > .zero { try await Task.sleep(for: settings.readTime) }
    let available = try await stock.available(sku)
    if let available {
      cache?.remember(.present(available), for: sku)
    } else {
      unknown.withLockedValue { $0.reads += 1 }
      if settings.remembersAbsence { cache?.remember(.absent, for: sku) }
    }
    return available
  }
}
