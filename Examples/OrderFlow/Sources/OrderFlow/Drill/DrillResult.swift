/// What a drill found: the gate's decision, and what it comes from. As JSON, keys in `snake_case`, times in milliseconds.
struct DrillResult: Codable, Sendable {
  /// The order flow under load, with a fault or without one.
  struct Phase: Codable, Sendable {
    /// The fault; absent for the baseline.
    var fault: DrillFault?
    var orders: Int
    /// Orders that were not taken, or not within ten seconds: lost to their customers.
    var lost: Int
    var p50: Double
    var p99: Double
    /// From the fault's begin to the first log record that tells of it; absent where none does, and for the baseline.
    var detectedAfter: Double?
    /// From the fault's begin to the end of the last order that was lost, 0 where none was; absent where the order flow was
    /// not healthy again after five seconds and had to be restarted.
    var recoveredAfter: Double?
    /// Orders whose evidence is whole: one trace of all services, or a record with a stack.
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

  /// From 0 to 100; see ``DrillScore``.
  var score: Double { DrillScore.score(of: phases) }
  var passes: Bool { score >= threshold }
  /// The share of orders with whole evidence, 0 to 1.
  var completeness: Double {
    let orders = phases.reduce(0) { $0 + $1.orders }
    return orders == 0 ? 0 : Double(phases.reduce(0) { $0 + $1.complete }) / Double(orders)
  }
}
