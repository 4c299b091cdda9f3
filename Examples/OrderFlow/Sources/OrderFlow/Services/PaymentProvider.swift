// SPDX-License-Identifier: Apache-2.0

import Tracing

/// The sandbox of a payment provider: an external system, here inside payment-service's process.
struct PaymentProvider: Sendable {
  /// The usual time of a charge.
  static let usualTime: Duration = .milliseconds(15)
  /// The time of a stuck charge: longer than order-service waits.
  static let stuckTime: Duration = .milliseconds(600)

  /// Charges the card.
  ///
  /// - Returns: the provider's reference.
  /// - Throws: ``CardDeclined``.
  func authorise(_ charge: ChargeRequest) async throws -> String {
    try await withSpan("authorise", ofKind: .client) { span in
      span.attributes["peer.service"] = "payment-provider"
      try await Task.sleep(for: charge.card == CardToken.timeout ? Self.stuckTime : Self.usualTime)
      if charge.card == CardToken.declined { throw CardDeclined() }
      if charge.card == CardToken.malformed { span.attributes["check.digit"] = Self.checkDigit(of: charge.card) }
      return "PAY-\(charge.orderID)"
    }
  }
}

extension PaymentProvider {
  /// A bug that no `catch` can handle: a token without digits has no last digit.
  @inline(never)
  fileprivate static func checkDigit(of token: String) -> Int {
    let digits = token.compactMap(\.wholeNumberValue)
    return digits[digits.count - 1]
  }
}

/// The bank declined.
struct CardDeclined: Error, CustomStringConvertible {
  var description: String { "the card was declined" }
}
