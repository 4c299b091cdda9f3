// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// A failed query leaves a transaction open, and the connection returns to the pool.
struct PoolPoisonCase: Case {
  static let name = "pool-poison"
  static let summary =
    "connections with an open transaction return to the pool, and correct orders fail on them"

  /// One in 40 orders has the coupon whose query fails.
  static let couponEvery = 40
  static let load = Load(rate: 40, count: 320)

  /// The records of failed orders. On a busy machine some payments time out as well.
  private static let failures: Set = ["storage_failed", "no_connection", "payment_timeout", "payment_failed"]

  /// Makes orders, one in ``couponEvery`` with the coupon.
  static func order(_ prefix: String) -> @Sendable (Int) -> OrderRequest {
    { number in
      var order = OrderRequest.example("\(prefix)\(number)")
      if number % couponEvery == couponEvery / 2 { order.coupon = "SPRING" }
      return order
    }
  }

  /// The flawed pool. Its connections live for one second, so that the pool recovers in between. With the five minutes
  /// of production no order would succeed.
  static func poisoned(on stage: Stage) async throws -> PoolPhase {
    try await PoolPhase.play(
      "reuses broken connections", arguments: ["--keeps-broken", "--connection-life", "1000"], on: stage,
      load: load, order: order("ORD-A"))
  }

  func play(on stage: Stage) async throws -> Report {
    let phase = try await Self.poisoned(on: stage)
    let failed = phase.result.outcomes.count { !$0.isSuccess }
    // A record with a stack is written after the stack's names are known.
    let records = try await eventually("each failure is in the log") {
      let records = try stage.directory.records()
      return records.count { Self.failures.contains($0.event) } >= failed ? records : nil
    }
    let failures = records.filter { $0.event == "storage_failed" }
    // An open transaction also blocks the other connections, which find the database busy.
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
    report.expect("some orders succeed", phase.result.success > 0.05, found: phase.result.successText)
    report.expect(
      "each failure in an open transaction names the previous holder of the connection",
      !poisoned.isEmpty && poisoned.allSatisfy { $0["previous_holder"]?.count == 32 })
    let innocent = poisoned.filter { !guilty.contains($0.traceID ?? "") }
    report.expect("orders without a coupon fail", !innocent.isEmpty)
    report.expect(
      "the previous holder of one of them is the order with the coupon",
      poisoned.contains { guilty.contains($0["previous_holder"] ?? "") })
    report.expect("no connection is destroyed", phase.counters.destroyed, equals: 0)
    try await checkCause(
      poisoned.compactMap { $0["previous_holder"] }.first(where: guilty.contains), on: stage, &report)
    return report
  }

  /// Checks that the trace of an order with a coupon shows the open transaction.
  private func checkCause(_ traceID: String?, on stage: Stage, _ report: inout Report) async throws {
    guard let traceID else { return }
    let tree = try await stage.reader.trace(traceID) { tree in
      tree.nodes.contains { $0.title == "order-service: select coupons" }
    }
    func events(_ title: String) -> [String] {
      tree.nodes.first { $0.title == title }?.span?.annotations.map(\.value) ?? []
    }
    let query = events("order-service: select coupons")
    report.expect("the failed query begins a transaction", query.contains("transaction_begun"))
    report.expect(
      "and neither commits nor rolls back",
      !query.contains { $0 != "transaction_begun" && $0.hasPrefix("transaction_") })
    report.expect(
      "its connection is returned with the transaction open",
      events("order-service: /orders").contains {
        $0.hasPrefix("\"connection_returned\"") && $0.contains("open transaction")
      })
  }
}
