import Hummingbird

/// What is done to the order flow while orders come in.
enum DrillFault: String, CaseIterable, Codable, Sendable {
  case databaseSwitch = "database-switch"
  case collectorStopped = "collector-stopped"
  case paymentKilled = "payment-killed"
  case riskSlowed = "risk-slowed"
  case cacheAttack = "cache-attack"

  /// For the table.
  var summary: String {
    switch self {
    case .databaseSwitch: "the order database is switched to its replica"
    case .collectorStopped: "the collector stops, and returns"
    case .paymentKilled: "payment-service is killed, and started again"
    case .riskSlowed: "every risk decision takes 200 ms longer"
    case .cacheAttack: "4 000 requests for goods that do not exist"
    }
  }

  /// What tells an operator of it, found in the logs, and counted from the moment when the fault begins.
  func isTold(by record: LogRecord) -> Bool {
    switch self {
    // By the pool that follows the switch, or by the orders of one that does not.
    case .databaseSwitch:
      record.event == "database_switched"
        || record.event == "storage_failed" && (record["error.message"]?.contains(DatabaseSwitch.refusal) ?? false)
    case .collectorStopped: record.event == "spans_not_delivered"
    case .paymentKilled: record.event == "payment_unreachable" || record.event == "payment_failed"
    case .riskSlowed:
      if record.event == "risk_assessed", case .number(let took)? = record.fields["took_ms"] {
        took >= 200
      } else {
        false
      }
    // By the catalog, whose cache is asked for what is not there: one warning for each hundred.
    case .cacheAttack: record.event == "absent_goods_asked_for"
    }
  }
}

/// How a fault comes and goes on a ``Stage``.
struct DrillFaults: Sendable {
  let stage: Stage
  let front: CollectorFront
  /// Whom a slow decision takes so much longer.
  static let slowness = RiskService.Slowness(every: 1, milliseconds: 200)

  /// Brings the fault on; returns when it is there.
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

  /// Takes it away again, where it does not go by itself.
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
