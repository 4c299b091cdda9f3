// SPDX-License-Identifier: Apache-2.0

/// Requests for products that do not exist. A cache that holds only existing products passes all of them on to the
/// database.
struct CachePenetrationCase: Case {
  static let name = "cache-penetration"
  static let summary = "requests for unknown ids pass the cache until absence is cached too"
  static let services: [ServiceRole] = []

  private static let count = 600
  private static let ghosts = 20
  private static let lamps = 60

  func play(on stage: Stage) async throws -> Report {
    var report = Report()
    var table = Table("guard", "requests", "database reads", "hit rate", "shared reads", "p50", "p99")
    var rows: [(reads: Int, hits: Double)] = []
    for (kind, title) in [(CatalogGuard.open, "none"), (.guarded, "absence cached, one read per key")] {
      let (counts, replies) = try await attack(kind, on: stage)
      table.add(
        title, "\(replies.count)", "\(counts.databaseReads)", counts.hitRate.asPercentage, "\(counts.shared)",
        replies.map(\.took).percentile(0.5).inMilliseconds, replies.map(\.took).percentile(0.99).inMilliseconds)
      rows.append((counts.databaseReads, counts.hitRate))
      let refused = replies.count { $0.status == 404 }
      report.expect("\(title): an unknown product is answered with 404", refused, equals: Self.count)
      report.expect("\(title): the lamp is found", replies.count { $0.status == 200 }, equals: Self.lamps)
      switch kind {
      case .open:
        // Every request for an unknown product reads the database. The lamp is read at least once, and at most once for
        // each caller at the start.
        report.expect(
          "without a guard each request reads the database", counts.databaseReads >= Self.count + 1,
          found: "\(counts.databaseReads)")
        report.expect("no absence is cached", counts.absentHits, equals: 0)
        report.traceID = replies.last { $0.status == 404 }?.traceID
      default:
        // Once for each unknown product and once for the lamp, unless a cached answer expires (5 s) during the run.
        report.expect(
          "with a guard, one read for each id and lifetime", counts.databaseReads <= 3 * (Self.ghosts + 1),
          found: "\(counts.databaseReads)")
        report.expect("the hit rate is above 90 %", counts.hitRate > 0.9, found: counts.hitRate.asPercentage)
      }
      report.expect("\(title): all requests are counted", counts.questions, equals: Self.count + Self.lamps)
    }
    report.figures = [
      Figure(what: "database reads", before: "\(rows[0].reads)", after: "\(rows[1].reads)"),
      Figure(what: "hit rate", before: rows[0].hits.asPercentage, after: rows[1].hits.asPercentage),
    ]
    report.tables = [table]
    report.text = [
      "\(Self.count) requests for \(Self.ghosts) unknown ids, 16 at a time, mixed with requests for the lamp"
    ]
    return report
  }

  private func attack(
    _ kind: CatalogGuard, on stage: Stage
  ) async throws -> (counts: Catalog.Counts, replies: [Caller.Reply]) {
    await stage.stop(.inventory)
    try await stage.start([.inventory], arguments: ["--catalog", kind.rawValue, "--catalog-read-time", "5"])
    let inventory = try await stage.caller(of: .inventory)
    let every = Self.count / Self.lamps + 1
    let replies = try await concurrently(Self.count + Self.lamps, width: 16) { number in
      let isLamp = number % every == 0
      return try await inventory.get("/products/" + (isLamp ? "SKU-LAMP" : "SKU-GHOST-\(number % Self.ghosts)"))
    }
    let reply = try await inventory.get("/catalog/counts")
    guard let counts = reply.decoded(as: Catalog.Counts.self) else { throw UnexpectedAnswer(status: reply.status) }
    return (counts, replies)
  }
}

/// A service returned an answer that a case cannot continue with.
struct UnexpectedAnswer: Error, CustomStringConvertible {
  let status: Int

  var description: String { "the answer cannot be read; status \(status)" }
}
