// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// Failures that the program recovers from: one record each, and the service keeps serving.
struct RecoverCase: Case {
  static let name = "recover"
  static let summary =
    "a division by zero, a failed parse and a downstream error: each is recovered from and leaves one record"
  static let services: [ServiceRole] = [.risk, .payment, .inventory, .order]

  private struct Attempt {
    let what: String
    let event: String?
    /// Type names without modules: of the error, and of the context around it if there is one.
    let types: [String]
    let message: String
    let answer: QuoteAnswer
    let request: QuoteRequest
  }

  func play(on stage: Stage) async throws -> Report {
    let orders = try await stage.caller(of: .order)
    let process = try await stage.process(of: .order)
    var report = Report()
    var table = Table("failure", "status", "instalment", "regular", "in stock", "record", "error")
    for attempt in Self.attempts {
      let reply = try await orders.post("/quotes", attempt.request)
      let answer = reply.decoded(as: QuoteAnswer.self)
      report.expect("\(attempt.what): answered", reply.status, equals: 200)
      report.expect("\(attempt.what): the answer has the fallback's value", answer, equals: attempt.answer)
      let records = try await eventually("the logs of \(reply.traceID) are written") { () -> [LogRecord]? in
        let found = try stage.directory.records(ofTrace: reply.traceID).filter { $0.fields["error.type"] != nil }
        return found.isEmpty && attempt.event != nil ? nil : found
      }
      report.expect(
        "\(attempt.what): one record", records.map(\.event), equals: attempt.event.map { [$0] } ?? [])
      table.add(
        attempt.what, "\(reply.status)", "\(answer?.instalmentCents ?? -1)", "\(answer?.isRegular ?? false)",
        "\(answer?.available ?? -1)", records.first?.event ?? "–", records.first?["error.message"] ?? "–")
      guard let record = records.first else { continue }
      let type = record["error.type"].flatMap { $0.split(separator: ".").last.map(String.init) }
      report.expect("\(attempt.what): error.type", type.map(attempt.types.contains) ?? false, found: type ?? "none")
      report.expect("\(attempt.what): error.message", record["error.message"] ?? "", equals: attempt.message)
      report.expect("\(attempt.what): error.handled", record.fields["error.handled"], equals: .bool(true))
      report.traceID = reply.traceID
    }
    if let traceID = report.traceID {
      let tree = try await stage.reader.trace(traceID) { $0.services.count == 3 }
      report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: traceID)).lines
    }
    report.expect("the same process keeps serving", process.ending == nil)
    report.tables = [table]
    return report
  }

  private static let attempts: [Attempt] = {
    let good = QuoteRequest(
      orderID: "ORD2001", userID: "U5678", sku: "SKU-LAMP", amountCents: 4_990, instalments: 2, voucher: "SAVE490")
    let answer = QuoteAnswer(instalmentCents: 2_250, voucherCents: 490, isRegular: true, available: 1_000_000)
    func attempt(
      _ what: String, _ event: String?, _ types: [String], _ message: String, _ change: (inout QuoteRequest) -> Void,
      _ expect: (inout QuoteAnswer) -> Void
    ) -> Attempt {
      var (request, expected) = (good, answer)
      change(&request)
      expect(&expected)
      return Attempt(what: what, event: event, types: types, message: message, answer: expected, request: request)
    }
    return [
      attempt("nothing", nil, [], "", { _ in }, { _ in }),
      attempt(
        "a division by zero", "instalment_not_computed", ["DivisionByZero"], "4500 cannot be divided by zero",
        { $0.instalments = 0 }, { $0.instalmentCents = 4_500 }),
      attempt(
        "a failed parse", "voucher_unreadable", ["UnreadableVoucher"],
        "SAVE4O0 is not SAVE and a number of cents", { $0.voucher = "SAVE4O0" },
        { ($0.instalmentCents, $0.voucherCents) = (2_495, 0) }),
      // Its sibling task, the stock request, still succeeds.
      attempt(
        "a downstream error", "customer_unknown", ["ErrorContext", "DownstreamError"],
        "failed to get user: payment-service answered 404: there is no customer U567", { $0.userID = "U567" },
        { $0.isRegular = false }),
    ]
  }()
}
