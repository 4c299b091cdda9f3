import Tracing

/// The sandbox of a payment provider: somebody else's system, here within the process of payment-service.
struct PaymentProvider: Sendable {
  /// How long the provider takes as a rule.
  static let usualTime: Duration = .milliseconds(15)
  /// How long it takes when it is stuck: longer than order-service waits.
  static let stuckTime: Duration = .milliseconds(600)

  /// Takes the money.
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
  /// A bug that no `catch` can help against: a token without digits has no last one.
  @inline(never)
  fileprivate static func checkDigit(of token: String) -> Int {
    let digits = token.compactMap(\.wholeNumberValue)
    return digits[digits.count - 1]
  }
}

/// The bank said no.
struct CardDeclined: Error, CustomStringConvertible {
  var description: String { "the card was declined" }
}
