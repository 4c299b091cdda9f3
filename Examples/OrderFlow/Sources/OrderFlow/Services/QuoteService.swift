// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import Spoor
import Tracing

/// Quotes the price of an order: a part of order-service in which much can fail without ending the request.
///
/// Each failure is recovered from where a substitute is known, and leaves one record.
struct QuoteService: Sendable {
  let inventory: ServiceClient
  let payment: ServiceClient
  private let log = Logger(label: "quotes")

  init(inventory: ServiceClient, payment: ServiceClient) {
    self.inventory = inventory
    self.payment = payment
  }

  /// Adds `POST /quotes`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("quotes") { request, context in
      try await Response.answering(request, context) {
        try .json(try await quote(try await request.json(as: QuoteRequest.self)))
      }
    }
  }

  private func quote(_ request: QuoteRequest) async throws -> QuoteAnswer {
    // Two child tasks. A failure of one does not affect the other.
    async let isRegular = standing(of: request)
    async let available = stock(of: request)
    let voucher = voucher(of: request)
    let instalment = instalment(of: request, after: voucher)
    return QuoteAnswer(
      instalmentCents: instalment, voucherCents: voucher, isRegular: await isRegular,
      available: try await available)
  }

  /// A division by zero. Swift's operator would trap, which input must not cause.
  private func instalment(of request: QuoteRequest, after voucher: Int) -> Int {
    withRecovery("instalment_not_computed", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
      try Arithmetic.divide(request.amountCents - voucher, by: request.instalments)
    } fallback: { _ in
      request.amountCents - voucher
    }
  }

  /// A failed parse.
  private func voucher(of request: QuoteRequest) -> Int {
    guard let code = request.voucher else { return 0 }
    return withRecovery("voucher_unreadable", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
      try Voucher.cents(of: code)
    } fallback: { _ in
      0
    }
  }

  /// A downstream error, with context added on its way up.
  private func standing(of request: QuoteRequest) async -> Bool {
    await withRecovery("customer_unknown", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
      try await withErrorContext("failed to get user") {
        try await payment.get("/customers/\(request.userID)", as: CustomerAnswer.self).isRegular
      }
    } fallback: { _ in
      false
    }
  }

  private func stock(of request: QuoteRequest) async throws -> Int {
    try await inventory.get("/products/\(request.sku)", as: ProductAnswer.self).available
  }
}

/// Arithmetic on values from clients.
enum Arithmetic {
  /// - Throws: ``DivisionByZero``.
  static func divide(_ dividend: Int, by divisor: Int) throws(DivisionByZero) -> Int {
    let (quotient, cannot) = dividend.dividedReportingOverflow(by: divisor)
    if cannot { throw DivisionByZero(dividend: dividend) }
    return quotient
  }
}

/// Parses a voucher's code: `SAVE` and a number of cents.
enum Voucher {
  /// - Throws: ``UnreadableVoucher``.
  static func cents(of code: String) throws(UnreadableVoucher) -> Int {
    guard code.hasPrefix("SAVE"), let cents = Int(code.dropFirst(4)), cents >= 0 else {
      throw UnreadableVoucher(code: code)
    }
    return cents
  }
}

/// A division by zero, or one whose result does not fit into an `Int`.
struct DivisionByZero: Error, CustomStringConvertible {
  let dividend: Int

  var description: String { "\(dividend) cannot be divided by zero" }
}

/// A voucher's code is not `SAVE` and a number.
struct UnreadableVoucher: Error, CustomStringConvertible {
  let code: String

  var description: String { "\(code) is not SAVE and a number of cents" }
}
