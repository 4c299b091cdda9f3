/// The same load on the repaired pool.
struct PoolFixedCase: Case {
  static let name = "pool-fixed"
  static let summary = "the repaired pool destroys broken connections: the same load, before and after"

  func play(on stage: Stage) async throws -> Report {
    let before = try await PoolPoisonCase.poisoned(on: stage)
    let after = try await PoolPhase.play(
      "destroys broken connections", arguments: [], on: stage, load: PoolPoisonCase.load,
      order: PoolPoisonCase.order("ORD-B"))

    var report = Report()
    var table = PoolPhase.table
    table.rows = [before.row, after.row]
    report.tables = [table]
    let coupons = PoolPoisonCase.load.count / PoolPoisonCase.couponEvery
    report.expect("before, orders fail", before.result.success < 0.95, found: before.result.successText)
    report.expect("after, 99.98 % succeed", after.result.success >= 0.9998, found: after.result.successText)
    report.expect("every broken connection was destroyed", after.counters.destroyed, equals: coupons)
    report.expect("nobody waited long", after.counters.timeouts, equals: 0)
    report.expect("at most ten connections are open", after.counters.open <= 10, found: "\(after.counters.open)")
    report.expect("none is left in use", after.counters.inUse, equals: 0)
    let destroyed = try stage.directory.records().filter { $0.event == "connection_destroyed" }
    report.expect("each is in the log", destroyed.count, equals: coupons)
    report.traceID = destroyed.first?.traceID
    return report
  }
}
