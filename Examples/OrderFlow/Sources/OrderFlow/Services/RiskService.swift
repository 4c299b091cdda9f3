import Hummingbird
import Logging
import NIOConcurrencyHelpers

/// Says how risky a charge is.
struct RiskService: Sendable {
  /// One decision in so many is slow; 0 for none.
  let slowEvery: Int
  /// How long a slow one takes.
  let slowTime: Duration
  private let log = Logger(label: "risk")
  private let count = NIOLockedValueBox(0)

  init(slowEvery: Int = 0, slowTime: Duration = .zero) {
    self.slowEvery = slowEvery
    self.slowTime = slowTime
  }

  /// `POST /assessments`.
  func addRoutes(to router: Router<BasicRequestContext>) {
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
            "took_ms": .stringConvertible(took.wholeMilliseconds),
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
    if slowEvery > 0, number.isMultiple(of: slowEvery) { try await Task.sleep(for: slowTime) }
    return Self.score(amountCents: assessment.amountCents)
  }

  /// One point for each 100 of the currency, at most 100.
  static func score(amountCents: Int) -> Int {
    min(100, amountCents / 10_000)
  }
}
