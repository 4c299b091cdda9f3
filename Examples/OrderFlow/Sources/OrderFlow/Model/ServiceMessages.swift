/// What order-service asks of inventory-service.
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

/// What inventory-service answers: what is left after the reservation.
struct ReservationAnswer: Codable, Sendable {
  var sku: String
  var left: Int
}

/// What order-service asks of payment-service.
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

/// What payment-service answers for a charge that went through.
struct ChargeAnswer: Codable, Sendable {
  /// The provider's reference.
  var reference: String
}

/// What payment-service asks of risk-service.
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

/// What risk-service answers.
struct AssessmentAnswer: Codable, Sendable {
  /// From 0 (harmless) to 100.
  var score: Int
}
