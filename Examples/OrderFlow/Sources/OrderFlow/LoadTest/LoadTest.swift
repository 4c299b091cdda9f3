// SPDX-License-Identifier: Apache-2.0

/// Sends orders at a given rate and measures them.
struct LoadTest: Sendable {
  let stage: Stage
  let settings: LoadSettings
  /// Called each second with the number of finished and of lost orders.
  var progress: @Sendable (_ done: Int, _ lost: Int) -> Void = { _, _ in }

  /// An order that takes longer is lost to its customer.
  static let patience: Duration = .seconds(10)
  /// Orders before the measurement: they fill caches and open connections.
  private static let warmUp = 200

  /// Starts the services and runs the load.
  func carryOut() async throws -> LoadReport {
    guard settings.tracing == .all else { return try await measured(front: nil) }
    return try await CollectorFront.with(stage, mode: .forget) { front in
      await stage.sendSpans(to: await front.address)
      return try await measured(front: front)
    }
  }

  private func measured(front: CollectorFront?) async throws -> LoadReport {
    await stage.set(settings.tracing.environment)
    try await stage.start([.risk, .inventory, .payment])
    try await stage.start([.order], arguments: settings.pool.arguments)
    try await stage.start([.worker], arguments: ["--packing-time", "0"])
    try await stage.start([.gateway])
    let client = try await stage.orderClient()
    _ = try await Load(rate: min(50, settings.rate), count: Self.warmUp).run { number in
      try await client.outcome(of: .example("ORD-W\(number)", number == 0 ? .coupon : .plain))
    }
    try await settle()

    let orders = drawn()
    let meter = LoadMeter()
    let before = try await stage.processorTime()
    let telling = Task { [progress] in
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        let (done, lost) = meter.counts
        progress(done, lost)
      }
    }
    defer { telling.cancel() }
    let took = try await Load(rate: settings.rate, count: orders.count).drive { number in
      let began = ContinuousClock.now
      let answer = try? await client.place(.example("ORD-\(number)", orders[number]))
      let took = began.duration(to: .now)
      meter.add(orders[number], isTaken: answer?.status == 201 && took < Self.patience, took: took)
    }
    let processor = try await stage.processorTime() - before
    return LoadReport(
      pool: settings.pool, tracing: settings.tracing, seed: stage.seed, rate: settings.rate,
      seconds: took.milliseconds / 1000,
      rows: [LoadReport.Row("all", meter.all)]
        + LoadKind.allCases.compactMap { kind in meter.kinds[kind].map { LoadReport.Row(kind.rawValue, $0) } },
      processorMillisecondsPerOrder: processor.milliseconds / Double(max(1, orders.count)),
      memoryMiB: try await stage.memoryKiB(of: .order) / 1024, counters: try await stage.poolCounters(),
      spanRequests: await front?.taken, build: Build.name)
  }

  /// Waits until the services are idle. A process reads the debug information for the names of its first stack once,
  /// which takes seconds of processor time for a large binary.
  private func settle() async throws {
    let deadline = ContinuousClock.now + .seconds(90)
    var last = try await stage.processorTime()
    while ContinuousClock.now < deadline {
      try await Task.sleep(for: .seconds(1))
      let now = try await stage.processorTime()
      // The worker polls its table fifty times a second.
      if now - last < .milliseconds(100) { return }
      last = now
    }
  }

  /// The kind of each order, drawn from the seed.
  private func drawn() -> [LoadKind] {
    var generator = SeededGenerator(seed: stage.seed)
    return (0..<settings.orders).map { _ in
      generator.fraction() * Double(settings.couponEvery) < 1 ? .coupon : .plain
    }
  }
}

extension OrderRequest {
  fileprivate static func example(_ id: String, _ kind: LoadKind) -> OrderRequest {
    var order = OrderRequest.example(id)
    if kind == .coupon { order.coupon = "SPRING" }
    return order
  }
}
