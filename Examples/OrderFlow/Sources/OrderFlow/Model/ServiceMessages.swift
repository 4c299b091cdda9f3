// SPDX-License-Identifier: Apache-2.0

/// order-service's request to inventory-service.
struct ReservationRequest: Codable, Sendable {
  var orderID: String
  var sku: String
  var quantity: Int

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case sku
    case quantity
  }
}

/// inventory-service's answer, with the remaining quantity.
struct ReservationAnswer: Codable, Sendable {
  var sku: String
  var left: Int
}

/// order-service's request to payment-service.
struct ChargeRequest: Codable, Sendable {
  var orderID: String
  var userID: String
  var amountCents: Int
  var card: String

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case userID = "user_id"
    case amountCents = "amount_cents"
    case card
  }
}

/// payment-service's answer to a successful charge.
struct ChargeAnswer: Codable, Sendable {
  /// The provider's reference.
  var reference: String
}

/// payment-service's request to risk-service.
struct AssessmentRequest: Codable, Sendable {
  var orderID: String
  var userID: String
  var amountCents: Int

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case userID = "user_id"
    case amountCents = "amount_cents"
  }
}

/// risk-service's answer.
struct AssessmentAnswer: Codable, Sendable {
  /// The risk, from 0 (harmless) to 100.
  var score: Int
}
