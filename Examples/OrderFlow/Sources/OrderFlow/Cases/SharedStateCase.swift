// SPDX-License-Identifier: Apache-2.0

/// Settings, counters, caches, locks and the pool under concurrent load. No update is lost and none is torn.
struct SharedStateCase: Case {
  static let name = "shared-state"
  static let summary = "settings, counters, caches and the pool under concurrent load: no update is lost, none is torn"
  static let services: [ServiceRole] = []

  /// The number of tasks, and how often each repeats everything.
  private static let tasks = 16
  private static let turns = 250

  /// Two numbers that change together. A reader that sees different versions saw a torn value.
  private struct Limits: Sendable {
    var low: Int
    var high: Int
  }

  func play(on stage: Stage) async throws -> Report {
    let settings = LiveSettings(Limits(low: 0, high: 1))
    let counters = NamedCounters()
    let locks = ShardedLocks(count: 16)
    let pool = ConnectionPool(path: stage.directory.stockDatabase)
    defer { pool.close() }
    let stock = StockStore(pool: pool)
    try await stock.prepare()
    let catalog = Catalog(stock: stock, settings: CatalogSettings())

    _ = try await concurrently(Self.tasks, width: Self.tasks) { task in
      for turn in 0..<Self.turns {
        if task == 0 { settings.replace(with: Limits(low: turn, high: turn + 1)) }
        let (limits, _) = settings.current
        if limits.high != limits.low + 1 { counters.add(to: "torn settings") }
        counters.add(to: "turns")
        await locks.withLock(for: "one key") {
          counters.add(to: "inside")
          // Lets other tasks in if the lock fails.
          await Task.yield()
          if counters["inside"] != 1 { counters.add(to: "two inside") }
          counters.add(-1, to: "inside")
        }
        let sku = turn % 2 == 0 ? "SKU-SALE-\(turn % 50)" : "SKU-GHOST-\(turn % 50)"
        if try await catalog.available(sku) == (turn % 2 == 0 ? 1_000 : nil) { counters.add(to: "right answers") }
      }
    }

    let all = Self.tasks * Self.turns
    var report = Report()
    report.expect("no settings are torn", counters["torn settings"], equals: 0)
    report.expect("each replacement counts", settings.current.version, equals: Self.turns + 1)
    report.expect("no count is lost", counters["turns"], equals: all)
    report.expect("no two tasks are inside one lock", counters["two inside"], equals: 0)
    report.expect("every use of a lock is counted", locks.shards.reduce(0) { $0 + $1.acquisitions }, equals: all)
    report.expect("the cache returns the right value", counters["right answers"], equals: all)
    report.expect("every request is counted", catalog.counts.questions, equals: all)
    report.expect(
      "each request is a hit, a shared read or a read",
      catalog.counts.hits + catalog.counts.shared + catalog.counts.databaseReads, equals: all)
    report.expect("all connections were returned", pool.counters.inUse, equals: 0)
    report.expect("never more than ten were open", pool.counters.open <= 10, found: "\(pool.counters.open)")

    var table = Table("shared", "uses", "lost or torn")
    table.add("settings", "\(all) reads, \(Self.turns) replacements", "\(counters["torn settings"])")
    table.add("counters", "\(all)", "\(all - counters["turns"])")
    table.add("locks", "\(all)", "\(counters["two inside"])")
    table.add("cache", "\(all), \(catalog.counts.hitRate.asPercentage) hits", "\(all - counters["right answers"])")
    table.add("connection pool", "\(catalog.counts.databaseReads)", "\(pool.counters.inUse)")
    report.tables = [table]
    report.text = [
      "Under ThreadSanitizer: swift run --sanitize thread --scratch-path .build-thread order-flow run shared-state"
    ]
    return report
  }
}
