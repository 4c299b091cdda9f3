// SPDX-License-Identifier: Apache-2.0

/// A client's request for the price of an order.
struct QuoteRequest: Codable, Sendable {
  var orderID: String
  var userID: String
  var sku: String
  var amountCents: Int
  /// The number of equal payments.
  var instalments: Int
  /// The voucher; `SAVE500` deducts 5.00.
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

/// order-service's answer to a quote request.
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

/// payment-service's data about a customer.
struct CustomerAnswer: Codable, Sendable {
  var id: String
  /// Whether the customer buys often.
  var isRegular: Bool

  enum CodingKeys: String, CodingKey {
    case id
    case isRegular = "is_regular"
  }
}

/// inventory-service's data about a product.
struct ProductAnswer: Codable, Sendable {
  var sku: String
  var available: Int
}
