// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// A trap in one service while other requests are in flight. The next start reports the crash and every interrupted
/// request.
struct BeyondRecoveryCase: Case {
  static let name = "beyond-recovery"
  static let summary =
    "payment-service traps during four charges; its next start reports the crash and every request in flight"

  static let services: [ServiceRole] = []

  private static let others = 3

  func play(on stage: Stage) async throws -> Report {
    // Swift's own backtracer works beside Spoor's crash record, but takes about 20 s in a debug build, and the process
    // lives until it is done.
    await stage.set(["SWIFT_BACKTRACE": "enable=no"])
    try await stage.start(ServiceRole.allCases)
    let client = try await stage.orderClient()
    var report = Report()

    // Three charges that the provider does not answer, then the one that traps.
    let answers = try await withThrowingTaskGroup { group in
      for number in 1...Self.others {
        group.addTask { try await client.place(.example("ORD300\(number)", card: CardToken.timeout)) }
      }
      try await eventually("three charges are in progress") {
        let scored = try stage.directory.records().filter { $0.event == "risk_assessed" }
        return scored.count >= Self.others ? scored : nil
      }
      group.addTask { try await client.place(.example("ORD7890", user: "U5678", card: CardToken.malformed)) }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let process = try await stage.process(of: .payment)
    let ending = try await eventually("payment-service has died") { process.ending }
    report.expect("none of these orders is paid", answers.allSatisfy { $0.status >= 500 })

    try await stage.start([.payment])
    let crash = try await eventually("the next start reports the crash") {
      try stage.directory.records().first { $0.event == "process_crashed" }
    }
    let stack = crash["error.stack_trace"] ?? ""
    var table = Table("what the next start reports", "")
    table.add("how it ended", "\(ending)")
    table.add("signal", crash["signal"] ?? "–")
    table.add("reason", crash["error.message"] ?? "–")
    for (index, frame) in stack.split(separator: "\n").prefix(3).enumerated() {
      table.add(index == 0 ? "where" : "", String(frame.prefix(80)))
    }
    let order = try await stage.reader.trace(crash.traceID ?? "", within: .seconds(30)) { tree in
      tree.nodes.contains { $0.span?.tag("spoor.crash.signal") != nil }
    }
    let records = try stage.directory.records(ofTrace: crash.traceID ?? "")
    report.expect(
      "the crash is in the trace of the order that caused it",
      records.contains { $0["order_id"] == "ORD7890" })
    report.expect(
      "the stack contains the function with the bug", stack.contains("PaymentProvider.checkDigit(of:)"), found: stack)
    let crashed = order.nodes.first { $0.span?.tag("spoor.crash.signal") != nil }
    report.expect("the span carries the crash", crashed?.title, equals: "payment-service: authorise")

    // The other requests that were in flight.
    var interrupted = 0
    for answer in answers {
      let tree = try await stage.reader.trace(answer.traceID, within: .seconds(30)) { tree in
        tree.nodes.contains { $0.title == "payment-service: authorise" && $0.span?.tag("spoor.interrupted") == "true" }
      }
      interrupted += tree.nodes.count { $0.span?.tag("spoor.interrupted") == "true" }
    }
    report.expect("every request in flight is reported in its own trace", interrupted >= 2 * (Self.others + 1))
    table.add("in flight", "\(answers.count) orders, \(interrupted) spans")
    report.tables = [table]
    report.text = TraceView(tree: order, records: records).lines
    report.traceID = crash.traceID
    return report
  }
}
