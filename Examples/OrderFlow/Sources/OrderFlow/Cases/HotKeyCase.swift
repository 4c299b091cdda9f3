// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// A flash sale: most requests are for a few products, and with one lock all of them wait.
struct HotKeyCase: Case {
  static let name = "hot-key"
  static let summary = "a flash sale overloads one key: first with one lock, then with a local cache and sharded locks"
  static let services: [ServiceRole] = []

  private static let count = 1_000
  private static let goods = 200
  private static let exponent = 1.0

  func play(on stage: Stage) async throws -> Report {
    var generator = SeededGenerator(seed: stage.seed)
    let demand = ZipfDistribution(count: Self.goods, exponent: Self.exponent)
    let skus = (0..<Self.count).map { _ in demand.draw(&generator) }
    let hottest = Double(skus.count { $0 == 0 }) / Double(skus.count)

    var report = Report()
    // The first of 200 products has a share of 1 / H(200) = 17 % in Zipf's distribution.
    report.expect("one key has far more than an even share", hottest > 0.1, found: hottest.asPercentage)
    var table = Table(
      "guard", "requests", "locked", "busiest lock", "longest line", "hit rate", "database reads", "p50", "p99")
    var rows: [(busiest: Double, line: Int, p99: Duration)] = []
    for (kind, title) in [(CatalogGuard.oneLock, "one lock"), (.sharded, "local cache, 16 locks")] {
      await stage.stop(.inventory)
      try await stage.start([.inventory], arguments: ["--catalog", kind.rawValue, "--catalog-read-time", "3"])
      let inventory = try await stage.caller(of: .inventory)
      let replies = try await concurrently(Self.count, width: 32) { number in
        try await inventory.get("/products/SKU-SALE-\(skus[number])")
      }
      let reply = try await inventory.get("/catalog/counts")
      guard let counts = reply.decoded(as: Catalog.Counts.self) else { throw UnexpectedAnswer(status: reply.status) }
      let locked = counts.shards.reduce(0) { $0 + $1.acquisitions }
      let line = counts.shards.map(\.mostWaiting).max() ?? 0
      table.add(
        title, "\(replies.count)", "\(locked)", counts.busiestShare.asPercentage, "\(line)",
        counts.hitRate.asPercentage, "\(counts.databaseReads)", replies.map(\.took).percentile(0.5).inMilliseconds,
        replies.map(\.took).percentile(0.99).inMilliseconds)
      rows.append((counts.busiestShare, line, replies.map(\.took).percentile(0.99)))
      report.expect("\(title): all are answered", replies.count { $0.status == 200 }, equals: Self.count)
      switch kind {
      case .oneLock:
        report.expect("one lock: every request takes it", locked, equals: Self.count)
        report.expect("one lock: callers queue", line > 8, found: "\(line)")
        // The request for the most popular product that waited longest: its trace shows the wait.
        report.traceID = zip(replies, skus).filter { $0.1 == 0 }.max { $0.0.took < $1.0.took }?.0.traceID
      default:
        // Only requests that miss the cache take a lock: once per key and lifetime, plus concurrent ones.
        report.expect(
          "sharded: less than half of the requests take a lock", locked < Self.count / 2, found: "\(locked)")
        // An even share is 1/16. The 200 keys are spread over 16 locks, and the first keys are requested by many
        // callers at once.
        report.expect(
          "sharded: no lock has more than a quarter of the uses", counts.busiestShare < 0.25,
          found: counts.busiestShare.asPercentage)
        report.expect(
          "sharded: the hit rate is above one half", counts.hitRate > 0.5, found: counts.hitRate.asPercentage)
      }
    }
    report.figures = [
      Figure(
        what: "share of the busiest lock", before: rows[0].busiest.asPercentage, after: rows[1].busiest.asPercentage),
      Figure(what: "longest queue", before: "\(rows[0].line)", after: "\(rows[1].line)"),
      Figure(what: "p99", before: rows[0].p99.inMilliseconds, after: rows[1].p99.inMilliseconds),
    ]
    report.tables = [table]
    if let traceID = report.traceID {
      let tree = try await stage.reader.trace(traceID) { $0.spanCount >= 3 }
      report.expect(
        "one lock: the trace shows the wait", tree.nodes.contains { $0.title == "inventory-service: lock.acquire" })
      report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: traceID)).lines
    }
    report.text += [
      "\(Self.count) requests, 32 at a time, for \(Self.goods) products, Zipf \(Self.exponent), seed \(stage.seed);"
        + " the most popular has \(hottest.asPercentage)"
    ]
    return report
  }
}
