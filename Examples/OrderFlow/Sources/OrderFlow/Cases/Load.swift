/// Requests at a given rate: one begins when its time has come, whether or not the ones before it have ended, as clients
/// that know nothing of each other do.
struct Load: Sendable {
  /// Requests per second.
  let rate: Double
  let count: Int

  /// How one request ended.
  struct Outcome: Sendable {
    var isSuccess: Bool
    let took: Duration
    /// Empty where nobody answered.
    let traceID: String
    var ended = ContinuousClock.now
  }

  /// Runs `request(0)`, `request(1)` and so on, each when its time has come; keeps nothing of them.
  ///
  /// - Returns: from the first one's begin to the last one's end.
  func drive(_ request: @escaping @Sendable (Int) async -> Void) async throws -> Duration {
    let clock = ContinuousClock()
    let began = clock.now
    try await withThrowingDiscardingTaskGroup { group in
      for number in 0..<count {
        try await clock.sleep(until: began + .seconds(Double(number) / rate))
        group.addTask { await request(number) }
      }
    }
    return began.duration(to: clock.now)
  }

  /// Sends `request(0)`, `request(1)` and so on; one that throws counts as failed.
  func run(_ request: @escaping @Sendable (Int) async throws -> Outcome) async throws -> LoadResult {
    let clock = ContinuousClock()
    let began = clock.now
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
      for number in 0..<count {
        try await clock.sleep(until: began + .seconds(Double(number) / rate))
        group.addTask {
          let began = clock.now
          do {
            return try await request(number)
          } catch let error where !(error is CancellationError) {
            return Outcome(isSuccess: false, took: began.duration(to: clock.now), traceID: "")
          }
        }
      }
      var outcomes: [Outcome] = []
      for try await outcome in group { outcomes.append(outcome) }
      return LoadResult(outcomes: outcomes, took: began.duration(to: clock.now))
    }
  }
}

/// What came of a ``Load``.
struct LoadResult: Sendable {
  let outcomes: [Load.Outcome]
  /// From the first request to the end of the last.
  let took: Duration

  /// From 0 to 1.
  var success: Double {
    outcomes.isEmpty ? 0 : Double(outcomes.count { $0.isSuccess }) / Double(outcomes.count)
  }

  /// The time within which that share of the requests ended (nearest rank).
  func percentile(_ share: Double) -> Duration {
    let sorted = outcomes.map(\.took).sorted()
    guard !sorted.isEmpty else { return .zero }
    return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
  }

  /// `99.98 %`.
  var successText: String {
    let hundredths = Int((success * 10_000).rounded(.down))
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}

extension OrderClient {
  /// Sends an order as a part of a load: it succeeds when it is taken.
  func outcome(of order: OrderRequest) async throws -> Load.Outcome {
    let answer = try await place(order)
    return Load.Outcome(isSuccess: answer.status == 201, took: answer.took, traceID: answer.traceID)
  }
}
