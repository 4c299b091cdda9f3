// SPDX-License-Identifier: Apache-2.0

/// The state of an order. The raw value is used in the database and in answers.
enum OrderState: String, Codable, Sendable {
  case received
  case outOfStock = "out_of_stock"
  case declined
  case paymentTimeout = "payment_timeout"
  case paid
  case fulfilled
}

/// order-service's answer for an accepted order.
struct OrderAnswer: Codable, Sendable {
  var orderID: String
  var state: OrderState
  /// The fulfilment task, such as `T1001`. Absent if the order is not paid.
  var task: String?

  enum CodingKeys: String, CodingKey {
    case orderID = "order_id"
    case state
    case task
  }
}
