// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Validates an order at the gateway, before any other service sees it.
enum OrderValidation {
  /// - Throws: a ``Problem`` (422) with the first invalid field and what was expected.
  static func check(_ order: OrderRequest) throws(Problem) {
    try require(!order.orderID.isEmpty, "order_id", "must not be empty")
    try require(order.orderID.utf8.count <= 64, "order_id", "must have at most 64 bytes")
    try require(!order.customer.id.isEmpty, "customer.id", "must not be empty")
    try require(
      (2...32).contains(order.customer.name.count), "customer.name",
      "must have 2 to 32 characters, but has \(order.customer.name.count)")
    try require(isEmail(order.customer.email), "customer.email", "must be an e-mail address")
    try require(
      (0...150).contains(order.customer.age), "customer.age", "must be 0 to 150, but is \(order.customer.age)")
    try require(!order.sku.isEmpty, "sku", "must not be empty")
    try require((1...1000).contains(order.quantity), "quantity", "must be 1 to 1000, but is \(order.quantity)")
    try require(order.amountCents > 0, "amount_cents", "must be positive, but is \(order.amountCents)")
    try require(!order.card.isEmpty, "card", "must not be empty")
  }

  /// Whether the text has one `@`, something before it, and a dotted name of letters, digits and hyphens after it. Only
  /// a message can tell whether the address exists.
  static func isEmail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, text.utf8.count <= 254 else { return false }
    guard parts[0].utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return false }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2
      && labels.allSatisfy { label in
        !label.isEmpty && label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
          && label.allSatisfy { ($0.isLetter || $0.isNumber || $0 == "-") }
      }
  }

  private static func require(_ holds: Bool, _ field: String, _ reason: String) throws(Problem) {
    if !holds { throw Problem(status: .unprocessableContent, field: field, reason: reason) }
  }
}
