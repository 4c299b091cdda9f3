/// What a client asks order-service: what would it cost?
struct QuoteRequest: Codable, Sendable {
  var orderID: String
  var userID: String
  var sku: String
  var amountCents: Int
  /// How many equal payments.
  var instalments: Int
  /// `SAVE500` takes 5.00 off.
  var voucher: String?

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case userID = "user_id"
    case sku
    case amountCents = "amount_cents"
    case instalments
    case voucher
  }
}

/// What order-service answers.
struct QuoteAnswer: Codable, Sendable, Equatable {
  var instalmentCents: Int
  var voucherCents: Int
  var isRegular: Bool
  var available: Int

  enum CodingKeys: String, CodingKey {
    case instalmentCents = "instalment_cents"
    case voucherCents = "voucher_cents"
    case isRegular = "is_regular"
    case available
  }
}

/// What payment-service says of a customer.
struct CustomerAnswer: Codable, Sendable {
  var id: String
  /// Whether he has bought often.
  var isRegular: Bool

  enum CodingKeys: String, CodingKey {
    case id
    case isRegular = "is_regular"
  }
}

/// What inventory-service says of a product.
struct ProductAnswer: Codable, Sendable {
  var sku: String
  var available: Int
}
