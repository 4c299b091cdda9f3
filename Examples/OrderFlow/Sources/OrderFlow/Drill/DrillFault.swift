// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// A fault that is caused while orders come in.
enum DrillFault: String, CaseIterable, Codable, Sendable {
  case databaseSwitch = "database-switch"
  case collectorStopped = "collector-stopped"
  case paymentKilled = "payment-killed"
  case riskSlowed = "risk-slowed"
  case cacheAttack = "cache-attack"

  /// The description in the table.
  var summary: String {
    switch self {
    case .databaseSwitch: "the order database is switched to its replica"
    case .collectorStopped: "the collector stops and returns"
    case .paymentKilled: "payment-service is killed and restarted"
    case .riskSlowed: "every risk decision takes 200 ms longer"
    case .cacheAttack: "4 000 requests for unknown products"
    }
  }

  /// Whether a log record reports the fault.
  func isReported(by record: LogRecord) -> Bool {
    switch self {
    // From the pool that follows the switch, or from the orders of a pool that does not.
    case .databaseSwitch:
      record.event == "database_switched"
        || record.event == "storage_failed" && (record["error.message"]?.contains(DatabaseSwitch.refusal) ?? false)
    case .collectorStopped: record.event == "spans_not_delivered"
    case .paymentKilled: record.event == "payment_unreachable" || record.event == "payment_failed"
    case .riskSlowed:
      if record.event == "risk_assessed", case .number(let took)? = record.fields["duration_ms"] {
        took >= 200
      } else {
        false
      }
    // From the catalog, which warns once for each hundred requests for unknown products.
    case .cacheAttack: record.event == "unknown_products_requested"
    }
  }
}

/// Causes and ends faults on a ``Stage``.
struct DrillFaults: Sendable {
  let stage: Stage
  let front: CollectorFront
  /// Every decision takes this much longer.
  static let slowness = RiskService.Slowness(every: 1, milliseconds: 200)

  /// Causes the fault. Returns when it is in effect.
  func begin(_ fault: DrillFault) async throws {
    switch fault {
    case .databaseSwitch:
      let directory = stage.directory
      try DatabaseSwitch.promote(directory.orderReplica, at: DatabasePlace(path: directory.orderDatabase))
    case .collectorStopped: await front.stop()
    case .paymentKilled:
      await stage.kill(.payment)
      try await stage.start([.payment])
    case .riskSlowed: try await slow(Self.slowness)
    case .cacheAttack:
      let inventory = try await stage.caller(of: .inventory)
      _ = try await concurrently(4_000, width: 16) { number in
        try await inventory.get("/products/SKU-GHOST-\(number % 20)").status
      }
    }
  }

  /// Ends the fault, unless it ends by itself.
  func end(_ fault: DrillFault) async throws {
    switch fault {
    case .collectorStopped: try await front.start()
    case .riskSlowed: try await slow(RiskService.Slowness())
    case .databaseSwitch, .paymentKilled, .cacheAttack: break
    }
  }

  private func slow(_ slowness: RiskService.Slowness) async throws {
    let reply = try await stage.caller(of: .risk).put("/slowness", slowness)
    guard reply.status == 200 else { throw UnexpectedAnswer(status: reply.status) }
  }
}
