// SPDX-License-Identifier: Apache-2.0

/// The result of a drill: the gate's decision and its reasons. In JSON, keys are in `snake_case` and times in
/// milliseconds.
struct DrillResult: Codable, Sendable {
  /// A phase of the drill: orders with one fault, or with none.
  struct Phase: Codable, Sendable {
    /// The fault; absent for the baseline.
    var fault: DrillFault?
    var orders: Int
    /// Orders that were not accepted within ten seconds, and so lost to their customers.
    var lost: Int
    var p50: Double
    var p99: Double
    /// The time from the fault to the first log record that reports it. Absent if none does, and for the baseline.
    var detectedAfter: Double?
    /// The time from the fault to the end of the last lost order, 0 if none was lost. Absent if the order flow was not
    /// healthy again after five seconds and had to be restarted.
    var recoveredAfter: Double?
    /// Orders with complete evidence: one trace of all services, or a record with a stack.
    var complete: Int

    enum CodingKeys: String, CodingKey {
      case fault
      case orders
      case lost
      case p50 = "p50_ms"
      case p99 = "p99_ms"
      case detectedAfter = "detected_after_ms"
      case recoveredAfter = "recovered_after_ms"
      case complete
    }

    var name: String { fault?.rawValue ?? "baseline" }
  }

  var pool: DrillSettings.Pool
  var seed: UInt64
  var threshold: Double
  var phases: [Phase]

  /// The stability score, 0 to 100; see ``DrillScore``.
  var score: Double { DrillScore.score(of: phases) }
  var passes: Bool { score >= threshold }
  /// The share of orders with complete evidence, 0 to 1.
  var completeness: Double {
    let orders = phases.reduce(0) { $0 + $1.orders }
    return orders == 0 ? 0 : Double(phases.reduce(0) { $0 + $1.complete }) / Double(orders)
  }
}
