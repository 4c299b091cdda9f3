// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The release gate: it sends orders and causes one fault after the other.
struct Drill: Sendable {
  let stage: Stage
  let front: CollectorFront
  let settings: DrillSettings
  /// Called with the name of each phase when it begins.
  var progress: @Sendable (String) -> Void = { _ in }

  /// An order that takes longer is lost to its customer.
  static let patience: Duration = .seconds(10)

  /// The result of a phase before the logs are read.
  private struct Raw: Sendable {
    let fault: DrillFault?
    let load: LoadResult
    var began: (instant: ContinuousClock.Instant, timestamp: String)?
    var isHealthy = true
  }

  /// Starts the services behind `front` and runs all phases.
  func carryOut() async throws -> DrillResult {
    await stage.sendSpans(to: await front.address)
    // The gate checks the evidence of every order.
    await stage.set(["OTEL_TRACES_SAMPLER": "always_on"])
    try await stage.start([.risk], arguments: ["--adjustable"])
    try await stage.start([.inventory, .payment])
    try await startOrders()
    try await stage.start([.worker], arguments: ["--packing-time", "5"])
    try await stage.start([.gateway])
    let client = try await stage.orderClient()
    // The first requests find empty caches and no connections, which is not the state that a release meets.
    for number in 0..<10 { _ = try await client.place(.example("ORD-W\(number)")) }

    var generator = SeededGenerator(seed: stage.seed)
    var raw: [Raw] = []
    for fault in [nil] + DrillFault.allCases.map(Optional.some) {
      progress(fault?.summary ?? "baseline")
      let orders = self.orders(fault?.rawValue ?? "baseline", &generator)
      raw.append(try await phase(fault, orders, client))
      if let last = raw.last, !last.isHealthy || (settings.pool == .incident) {
        // Each fault is measured by itself.
        await stage.stop(.order)
        try await startOrders()
      }
    }
    progress("reading the evidence")
    return try await result(of: raw)
  }

  private func startOrders() async throws {
    try await stage.start([.order], arguments: settings.pool.arguments)
  }

  /// The orders of a phase, drawn from the seed.
  private func orders(_ phase: String, _ generator: inout SeededGenerator) -> [OrderRequest] {
    (0..<settings.orders).map { number in
      let sku = ["SKU-LAMP", "SKU-CHAIR", "SKU-DESK"][Int(generator.fraction() * 3)]
      var order = OrderRequest.example("ORD-\(phase)-\(number)", sku: sku)
      if generator.fraction() * Double(settings.couponEvery) < 1 { order.coupon = "SPRING" }
      return order
    }
  }

  /// Sends the orders of a phase. A quarter of them come before the fault, and half of them while it lasts.
  private func phase(_ fault: DrillFault?, _ orders: [OrderRequest], _ client: OrderClient) async throws -> Raw {
    let load = Load(rate: settings.rate, count: orders.count)
    async let result = load.run { number in
      var outcome = try await client.outcome(of: orders[number])
      if outcome.took > Self.patience { outcome.isSuccess = false }
      return outcome
    }
    var began: (ContinuousClock.Instant, String)?
    var neededRestart = false
    if let fault {
      let faults = DrillFaults(stage: stage, front: front)
      let quarter = Duration.seconds(Double(orders.count) / settings.rate / 4)
      try await Task.sleep(for: quarter)
      let now = ContinuousClock.now
      began = (now, LogRecord.timestampNow())
      do {
        try await faults.begin(fault)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        // An open transaction that nothing will end blocks the switch.
        neededRestart = true
        await stage.kill(.order)
        try await startOrders()
        try await faults.begin(fault)
      }
      try await Task.sleep(until: now + quarter * 2)
      try await faults.end(fault)
    }
    var raw = Raw(fault: fault, load: try await result, began: began)
    let isHealthy = try await isHealthy(client, fault?.rawValue ?? "baseline")
    raw.isHealthy = isHealthy && !neededRestart
    return raw
  }

  /// Whether five orders in a row are accepted within five seconds.
  private func isHealthy(_ client: OrderClient, _ phase: String) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(5)
    var (taken, number) = (0, 0)
    while taken < 5, ContinuousClock.now < deadline {
      number += 1
      let answer = try await client.place(.example("ORD-\(phase)-health-\(number)"))
      taken = answer.status == 201 && answer.took < .seconds(2) ? taken + 1 : 0
      if taken == 0 { try await Task.sleep(for: .milliseconds(100)) }
    }
    return taken == 5
  }

  private func result(of raw: [Raw]) async throws -> DrillResult {
    // The last records may still be on their way: a record with a stack is written after the stack's names are known.
    let lost = Set(raw.flatMap(\.load.outcomes).filter { !$0.isSuccess }.map(\.traceID))
    let records = try await recordsOnceWritten(of: lost)
    let evidence = OrderEvidence(reader: stage.reader, records: records)
    var phases: [DrillResult.Phase] = []
    for phase in raw {
      let outcomes = phase.load.outcomes
      var recovered: Double?
      if phase.isHealthy {
        let lastLost = outcomes.filter { !$0.isSuccess }.map(\.ended).max()
        recovered = 0
        if let lastLost, let began = phase.began {
          recovered = max(0, began.instant.duration(to: lastLost).milliseconds)
        }
      }
      var detected: Double?
      if let fault = phase.fault, let began = phase.began {
        detected = records.first { $0.timestamp >= began.timestamp && fault.isReported(by: $0) }
          .flatMap { $0.milliseconds(since: began.timestamp) }
      }
      phases.append(
        DrillResult.Phase(
          fault: phase.fault, orders: outcomes.count, lost: outcomes.count { !$0.isSuccess },
          p50: phase.load.percentile(0.5).milliseconds, p99: phase.load.percentile(0.99).milliseconds,
          detectedAfter: detected, recoveredAfter: recovered, complete: try await evidence.complete(among: outcomes)))
    }
    return DrillResult(pool: settings.pool, seed: stage.seed, threshold: settings.threshold, phases: phases)
  }

  private func recordsOnceWritten(of lost: Set<String>) async throws -> [LogRecord] {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      let records = try stage.directory.records()
      let told = Set(records.filter { $0["error.stack_trace"] != nil }.compactMap(\.traceID))
      if lost.isSubset(of: told) || ContinuousClock.now > deadline { return records }
      try await Task.sleep(for: .milliseconds(250))
    }
  }
}
