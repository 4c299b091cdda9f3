import Hummingbird
import Logging

/// Says how risky a charge is.
struct RiskService: Sendable {
  private let log = Logger(label: "risk")

  /// `POST /assessments`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("assessments") { request, context in
      try await Response.answering(request, context) {
        let assessment = try await request.json(as: AssessmentRequest.self)
        let score = Self.score(amountCents: assessment.amountCents)
        log.info(
          "risk_assessed", metadata: ["order_id": "\(assessment.orderID)", "score": .stringConvertible(score)])
        return try .json(AssessmentAnswer(score: score))
      }
    }
  }

  /// One point for each 100 of the currency, at most 100.
  static func score(amountCents: Int) -> Int {
    min(100, amountCents / 10_000)
  }
}
