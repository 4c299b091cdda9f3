/// A failed query leaves a transaction open, and the connection goes back to the pool.
struct PoolPoisonCase: Case {
  static let name = "pool-poison"
  static let summary =
    "connections with an open transaction go back to the pool, and orders that did nothing wrong fail"

  /// One in 40 orders has the coupon whose query fails.
  static let couponEvery = 40
  static let load = Load(rate: 40, count: 320)

  /// Orders, some with the coupon.
  static func order(_ prefix: String) -> @Sendable (Int) -> OrderRequest {
    { number in
      var order = OrderRequest.example("\(prefix)\(number)")
      if number % couponEvery == couponEvery / 2 { order.coupon = "SPRING" }
      return order
    }
  }

  /// The flawed pool. Connections live for a second, so that it recovers in between: with the five minutes of production
  /// nothing would be left to compare with.
  static func poisoned(on stage: Stage) async throws -> PoolPhase {
    try await PoolPhase.play(
      "takes broken connections back", arguments: ["--keeps-broken", "--connection-life", "1000"], on: stage,
      load: load, order: order("ORD-A"))
  }

  func play(on stage: Stage) async throws -> Report {
    let phase = try await Self.poisoned(on: stage)
    let failed = phase.result.outcomes.count { !$0.isSuccess }
    // A record with a stack waits a moment for the names in it.
    let records = try await eventually("each failure is in the log") {
      let records = try stage.directory.records()
      return records.count { $0.event == "storage_failed" || $0.event == "no_connection" } >= failed ? records : nil
    }
    let failures = records.filter { $0.event == "storage_failed" }
    // An open transaction also locks out the others, for as long as it is open: those find the database busy.
    let poisoned = failures.filter { $0["error.message"]?.contains("within a transaction") ?? false }
    let guilty = Set(records.filter { $0.event == "coupon_ignored" }.compactMap(\.traceID))

    var report = Report()
    var table = PoolPhase.table
    table.rows.append(phase.row)
    var log = Table("trace", "event", "error", "previous holder")
    for record in poisoned.prefix(5) {
      log.add(
        record.traceID ?? "–", record.event, String((record["error.message"] ?? "–").prefix(70)),
        record["previous_holder"] ?? "–")
    }
    report.tables = [table, log]
    report.traceID = poisoned.first?.traceID
    report.expect("orders fail", phase.result.success < 0.9, found: phase.result.successText)
    report.expect("though not all", phase.result.success > 0.05, found: phase.result.successText)
    report.expect(
      "each that found a transaction open names who had the connection before",
      !poisoned.isEmpty && poisoned.allSatisfy { $0["previous_holder"]?.count == 32 })
    let innocent = poisoned.filter { !guilty.contains($0.traceID ?? "") }
    report.expect("orders without a coupon fail", !innocent.isEmpty)
    report.expect(
      "the trail leads to the order with the coupon",
      poisoned.contains { guilty.contains($0["previous_holder"] ?? "") })
    report.expect("no connection is destroyed", phase.counters.destroyed, equals: 0)
    return report
  }
}
