// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import Tracing

/// Asks risk-service, then charges the card.
struct PaymentService: Sendable {
  /// A charge with this score or more is declined.
  static let highestScore = 80

  let risk: ServiceClient
  let provider = PaymentProvider()
  private let log = Logger(label: "payments")

  init(risk: ServiceClient) {
    self.risk = risk
  }

  /// Adds `POST /charges`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("charges") { request, context in
      try await Response.answering(request, context) {
        try .json(try await charge(try await request.json(as: ChargeRequest.self)))
      }
    }
  }

  private func charge(_ charge: ChargeRequest) async throws -> ChargeAnswer {
    let assessment = try await risk.post(
      "/assessments",
      AssessmentRequest(orderID: charge.orderID, userID: charge.userID, amountCents: charge.amountCents),
      as: AssessmentAnswer.self)
    guard assessment.score <= Self.highestScore else {
      throw refuse(charge, "the risk is too high")
    }
    do {
      let reference = try await provider.authorise(charge)
      log.info("payment_authorised", metadata: ["order_id": "\(charge.orderID)", "reference": "\(reference)"])
      return ChargeAnswer(reference: reference)
    } catch let error as CardDeclined {
      throw refuse(charge, error.description)
    }
  }

  private func refuse(_ charge: ChargeRequest, _ reason: String) -> Problem {
    log.notice("charge_refused", metadata: ["order_id": "\(charge.orderID)", "reason": "\(reason)"])
    return Problem(status: .paymentRequired, field: "card", reason: reason)
  }
}
