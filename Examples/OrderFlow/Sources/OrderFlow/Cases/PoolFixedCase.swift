// SPDX-License-Identifier: Apache-2.0

/// The load of `pool-poison` on the repaired pool.
struct PoolFixedCase: Case {
  static let name = "pool-fixed"
  static let summary = "the repaired pool destroys broken connections: the same load before and after"

  func play(on stage: Stage) async throws -> Report {
    let before = try await PoolPoisonCase.poisoned(on: stage)
    let after = try await PoolPhase.play(
      "destroys broken connections", arguments: [], on: stage, load: PoolPoisonCase.load,
      order: PoolPoisonCase.order("ORD-B"))

    var report = Report()
    report.figures = [
      Figure(what: "orders accepted", before: before.result.successText, after: after.result.successText),
      Figure(
        what: "p99", before: before.result.percentile(0.99).inMilliseconds,
        after: after.result.percentile(0.99).inMilliseconds),
      Figure(
        what: "broken connections destroyed", before: "\(before.counters.destroyed)",
        after: "\(after.counters.destroyed)"),
      Figure(
        what: "order-service's memory", before: "\(before.memoryKiB / 1024) MiB", after: "\(after.memoryKiB / 1024) MiB"
      ),
    ]
    var latency = Chart(title: "How long orders took: broken connections reused, and destroyed", unit: "ms")
    latency.series = [
      .init(name: "before", style: .dots, points: before.latencies),
      .init(name: "after", style: .dots, points: after.latencies),
    ]
    report.pictures = [Picture(name: "latency", chart: latency)]
    var table = PoolPhase.table
    table.rows = [before.row, after.row]
    report.tables = [table]
    let coupons = PoolPoisonCase.load.count / PoolPoisonCase.couponEvery
    report.expect("before the repair, orders fail", before.result.success < 0.9, found: before.result.successText)
    report.expect("after the repair, 99.98 % succeed", after.result.success >= 0.9998, found: after.result.successText)
    report.expect("every broken connection was destroyed", after.counters.destroyed, equals: coupons)
    report.expect("no caller timed out", after.counters.timeouts, equals: 0)
    report.expect("at most ten connections are open", after.counters.open <= 10, found: "\(after.counters.open)")
    report.expect("no connection is left in use", after.counters.inUse, equals: 0)
    let destroyed = try stage.directory.records().filter { $0.event == "connection_destroyed" }
    report.expect("each destroyed connection is in the log", destroyed.count, equals: coupons)
    report.traceID = destroyed.first?.traceID
    return report
  }
}
