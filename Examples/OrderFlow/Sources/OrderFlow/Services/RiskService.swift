// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import NIOConcurrencyHelpers

/// Assesses the risk of charges.
struct RiskService: Sendable {
  /// The decisions that are slow.
  struct Slowness: Codable, Sendable {
    /// One decision in this many is slow; 0 for none.
    var every = 0
    /// The duration of a slow decision.
    var milliseconds = 0
  }

  private let slowness: LiveSettings<Slowness>
  private let isAdjustable: Bool
  private let log = Logger(label: "risk")
  private let count = NIOLockedValueBox(0)

  init(slowness: Slowness = Slowness(), isAdjustable: Bool = false) {
    self.slowness = LiveSettings(slowness)
    self.isAdjustable = isAdjustable
  }

  /// Adds `POST /assessments`, and `PUT /slowness` if it is adjustable.
  func addRoutes(to router: Router<BasicRequestContext>) {
    if isAdjustable {
      router.put("slowness") { request, context in
        try await Response.answering(request, context) {
          slowness.replace(with: try await request.json(as: Slowness.self))
          return try .json(slowness.current.value)
        }
      }
    }
    router.post("assessments") { request, context in
      try await Response.answering(request, context) {
        let assessment = try await request.json(as: AssessmentRequest.self)
        let began = ContinuousClock.now
        let score = try await decide(assessment)
        let took = began.duration(to: .now)
        log.info(
          "risk_assessed",
          metadata: [
            "order_id": "\(assessment.orderID)", "score": .stringConvertible(score),
            "duration_ms": .stringConvertible(took.wholeMilliseconds),
          ])
        return try .json(AssessmentAnswer(score: score))
      }
    }
  }

  private func decide(_ assessment: AssessmentRequest) async throws -> Int {
    let number = count.withLockedValue { count in
      count += 1
      return count
    }
    let slowness = slowness.current.value
    if slowness.every > 0, number.isMultiple(of: slowness.every) {
      try await Task.sleep(for: .milliseconds(slowness.milliseconds))
    }
    return Self.score(amountCents: assessment.amountCents)
  }

  /// One point for each 100 units of the currency, at most 100.
  static func score(amountCents: Int) -> Int {
    min(100, amountCents / 10_000)
  }
}
