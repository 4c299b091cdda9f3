/// Where an order stands; the raw value is what the database and the answers say.
enum OrderState: String, Codable, Sendable {
  case received
  case outOfStock = "out_of_stock"
  case declined
  case paymentTimeout = "payment_timeout"
  case paid
  case fulfilled
}

/// What the order service answers for an order that it took.
struct OrderAnswer: Codable, Sendable {
  var orderID: String
  var state: OrderState
  /// The fulfilment task, such as `T1001`; absent for an order that is not paid.
  var task: String?

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case state
    case task
  }
}
