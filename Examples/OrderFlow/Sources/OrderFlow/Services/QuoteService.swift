import HTTPTypes
import Hummingbird
import Logging
import Spoor
import SpoorStacks
import Tracing

/// What an order would cost: a part of order-service in which much can go wrong, and none of it ends the request.
///
/// Each failure is recovered from where it is known what to do instead, and leaves one record.
struct QuoteService: Sendable {
  let inventory: ServiceClient
  let payment: ServiceClient
  private let log = Logger(label: "quotes")

  init(inventory: ServiceClient, payment: ServiceClient) {
    self.inventory = inventory
    self.payment = payment
  }

  /// `POST /quotes`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.post("quotes") { request, context in
      try await Response.answering(request, context) {
        try .json(try await quote(try await request.json(as: QuoteRequest.self)))
      }
    }
  }

  private func quote(_ request: QuoteRequest) async throws -> QuoteAnswer {
    // Two child tasks: when one fails, the other one is not touched.
    async let isRegular = standing(of: request)
    async let available = stock(of: request)
    let voucher = try voucher(of: request)
    let instalment = try instalment(of: request, after: voucher)
    return QuoteAnswer(
      instalmentCents: instalment, voucherCents: voucher, isRegular: try await isRegular,
      available: try await available)
  }

  /// A division by zero: Swift's own operator would trap, and that is not for input to decide.
  private func instalment(of request: QuoteRequest, after voucher: Int) throws -> Int {
    try withRecovery("instalment_not_computed", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
      try Arithmetic.divide(request.amountCents - voucher, by: request.instalments)
    } fallback: { _ in
      request.amountCents - voucher
    }
  }

  /// A failed parse.
  private func voucher(of request: QuoteRequest) throws -> Int {
    guard let code = request.voucher else { return 0 }
    return try withRecovery("voucher_unreadable", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
      try Voucher.cents(of: code)
    } fallback: { _ in
      0
    }
  }

  /// A downstream error, on its way up with what was being done.
  private func standing(of request: QuoteRequest) async throws -> Bool {
    try await withRecovery("customer_unknown", logger: log, metadata: ["order_id": "\(request.orderID)"]) {
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

/// Arithmetic on what clients send.
enum Arithmetic {
  /// - Throws: ``DivisionByZero``.
  static func divide(_ dividend: Int, by divisor: Int) throws(DivisionByZero) -> Int {
    let (quotient, cannot) = dividend.dividedReportingOverflow(by: divisor)
    if cannot { throw DivisionByZero(dividend: dividend) }
    return quotient
  }
}

/// A voucher's code: `SAVE` and the cents.
enum Voucher {
  /// - Throws: ``UnreadableVoucher``.
  static func cents(of code: String) throws(UnreadableVoucher) -> Int {
    guard code.hasPrefix("SAVE"), let cents = Int(code.dropFirst(4)), cents >= 0 else {
      throw UnreadableVoucher(code: code)
    }
    return cents
  }
}

/// A division by zero, or one whose result has no place in an `Int`.
struct DivisionByZero: Error, CustomStringConvertible {
  let dividend: Int

  var description: String { "\(dividend) cannot be divided by zero" }
}

/// Not `SAVE` and a number.
struct UnreadableVoucher: Error, CustomStringConvertible {
  let code: String

  var description: String { "\(code) is not SAVE and a number of cents" }
}
