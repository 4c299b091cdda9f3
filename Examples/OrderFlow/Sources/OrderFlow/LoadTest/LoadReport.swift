// SPDX-License-Identifier: Apache-2.0

/// The result of a load. In JSON, keys are in `snake_case` and times in milliseconds.
struct LoadReport: Codable, Sendable {
  /// The figures of one kind of orders, or of all.
  struct Row: Codable, Sendable {
    var kind: String
    var orders: Int
    var lost: Int
    var p50: Double
    var p90: Double
    var p99: Double
    var p999: Double

    init(_ kind: String, _ figures: LoadMeter.Figures) {
      self.kind = kind
      orders = figures.orders
      lost = figures.lost
      p50 = figures.milliseconds(50)
      p90 = figures.milliseconds(90)
      p99 = figures.milliseconds(99)
      p999 = figures.milliseconds(99.9)
    }

    /// The share of accepted orders, 0 to 1.
    var success: Double { orders == 0 ? 0 : 1 - Double(lost) / Double(orders) }
  }

  var pool: DrillSettings.Pool
  var tracing: LoadSettings.Tracing
  var seed: UInt64
  /// The configured rate, in orders per second.
  var rate: Double
  /// The duration of the load.
  var seconds: Double
  var rows: [Row]
  /// Processor time of all services together, per order.
  var processorMillisecondsPerOrder: Double
  /// The resident memory of order-service at the end.
  var memoryMiB: Int
  var counters: PoolCounters
  /// Requests with spans that the collector received. Absent if another collector is used.
  var spanRequests: Int?
  var build: String

  enum CodingKeys: String, CodingKey {
    case pool
    case tracing
    case seed
    case rate
    case seconds
    case rows
    case processorMillisecondsPerOrder = "processor_ms_per_order"
    case memoryMiB = "memory_mib"
    case counters
    case spanRequests = "span_requests"
    case build
  }

  var all: Row { rows[0] }

  static var table: Table {
    Table(
      "order-service's pool", "orders", "kind", "accepted", "p50", "p90", "p99", "p99.9", "orders/s", "most waiting",
      "destroyed", "memory")
  }

  /// Adds a row for all orders, and one for each kind.
  func add(to table: inout Table) {
    for (index, row) in rows.enumerated() {
      let times = [row.p50, row.p90, row.p99, row.p999].map { $0.rounded(toPlaces: 0) + " ms" }
      table.rows.append(
        [index == 0 ? pool.rawValue : "", "\(row.orders)", row.kind, Self.share(row.success)] + times
          + (index == 0
            ? [
              (Double(row.orders) / seconds).rounded(toPlaces: 0), "\(counters.mostWaiting)", "\(counters.destroyed)",
              "\(memoryMiB) MiB",
            ] : []))
    }
  }

  /// Rounded down, so that less than 99.98 % is not shown as 99.98 %.
  private static func share(_ share: Double) -> String {
    ((share * 100_000).rounded(.down) / 1000).rounded(toPlaces: 3) + " %"
  }
}
