/// An order as a client sends it to the gateway, and as the gateway passes it on.
struct OrderRequest: Codable, Sendable {
  /// Who orders.
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
  /// The whole price in cents.
  var amountCents: Int
  /// The payment provider's token; ``CardToken`` lists those that its sandbox knows.
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

/// The tokens of the payment provider's sandbox: as with real providers, the token decides what happens.
enum CardToken {
  /// Paid at once.
  static let accepted = "tok_accepted"
  /// The provider does not answer in time.
  static let timeout = "tok_timeout"
  /// The provider's code does not survive it.
  static let malformed = "tok_malformed"
  /// Refused by the bank.
  static let declined = "tok_declined"
}
