// SPDX-License-Identifier: Apache-2.0

/// Requests at a given rate. Each begins at its time, even if earlier ones are still running, as with independent
/// clients.
struct Load: Sendable {
  /// Requests per second.
  let rate: Double
  let count: Int

  /// The result of one request.
  struct Outcome: Sendable {
    var isSuccess: Bool
    let took: Duration
    /// Empty if there was no answer.
    let traceID: String
    var ended = ContinuousClock.now
  }

  /// Calls `request(0)`, `request(1)` and so on, each at its time, and keeps no results.
  ///
  /// - Returns: the time from the start of the first to the end of the last.
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

  /// Sends `request(0)`, `request(1)` and so on. A request that throws counts as failed.
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

/// The results of a ``Load``.
struct LoadResult: Sendable {
  let outcomes: [Load.Outcome]
  /// The time from the first request to the end of the last.
  let took: Duration

  /// The share of successful requests, 0 to 1.
  var success: Double {
    outcomes.isEmpty ? 0 : Double(outcomes.count { $0.isSuccess }) / Double(outcomes.count)
  }

  /// The time within which the given share of the requests ended (nearest rank).
  func percentile(_ share: Double) -> Duration {
    let sorted = outcomes.map(\.took).sorted()
    guard !sorted.isEmpty else { return .zero }
    return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
  }

  /// The share of successful requests as text: `99.98 %`.
  var successText: String {
    let hundredths = Int((success * 10_000).rounded(.down))
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
  }
}

extension OrderClient {
  /// Sends an order as part of a load. It succeeds if it is answered with 201.
  func outcome(of order: OrderRequest) async throws -> Load.Outcome {
    let answer = try await place(order)
    return Load.Outcome(isSuccess: answer.status == 201, took: answer.took, traceID: answer.traceID)
  }
}
