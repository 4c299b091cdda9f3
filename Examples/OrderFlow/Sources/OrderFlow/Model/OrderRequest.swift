// SPDX-License-Identifier: Apache-2.0

/// An order as the client sends it to the gateway and the gateway to order-service.
struct OrderRequest: Codable, Sendable {
  /// The customer.
  struct Customer: Codable, Sendable {
    var id: String
    var name: String
    var email: String
    var age: Int
  }

  var orderID: String
  var customer: Customer
  var sku: String
  var quantity: Int
  /// The total price in cents.
  var amountCents: Int
  /// The payment provider's token; ``CardToken`` lists the tokens of its sandbox.
  var card: String
  /// A code that lowers the price.
  var coupon: String?

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case customer
    case sku
    case quantity
    case amountCents = "amount_cents"
    case card
    case coupon
  }
}

/// The tokens of the payment provider's sandbox. As with real providers, the token decides the outcome.
enum CardToken {
  /// The charge succeeds at once.
  static let accepted = "tok_accepted"
  /// The provider does not answer in time.
  static let timeout = "tok_timeout"
  /// The provider's code traps.
  static let malformed = "tok_malformed"
  /// The bank declines.
  static let declined = "tok_declined"
}
