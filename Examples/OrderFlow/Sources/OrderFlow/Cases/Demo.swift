// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// The output of `order-flow demo`: several orders, some of which fail, and the trace of two of them.
struct Demo: Sendable {
  let stage: Stage

  /// Sends the orders and prints the results.
  func show() async throws {
    let client = try await stage.orderClient()
    let started = stage.collector.process == nil ? "listens already" : "started here"
    print("six processes and a collector (\(started)) on 127.0.0.1; logs in \(stage.directory.path)\n")

    var table = Table("order", "what", "status", "answer", "took", "trace")
    var traces: [String: String] = [:]
    for (what, order) in Self.orders {
      let answer = try await client.place(order)
      table.add(
        order.orderID, what, "\(answer.status)", answer.answer?.state.rawValue ?? answer.error?.reason ?? "–",
        answer.took.inMilliseconds, answer.traceID)
      traces[order.orderID] = answer.traceID
    }
    for line in table.lines { print(line) }

    guard let paid = traces["ORD1001"], let unpaid = traces["ORD7890"] else { return }
    print("\nORD1001, which passed all six processes:\n")
    try await show(paid, events: ["order_fulfilled"]) { $0.services.count == ServiceRole.allCases.count }
    print("\nORD7890, whose payment timed out:\n")
    try await show(unpaid, events: ["payment_timeout", "order_failed"]) { tree in
      tree.nodes.count { $0.title == "payment-service: /charges" } == PaymentClient.retries + 1
    }
    print("\nIts lines in the logs of all services:")
    print("  grep -h \(unpaid) \(stage.directory.allLogs)")
    print("The collector: \(stage.collector.address)")
  }

  /// Prints a trace with its logs as soon as `isComplete` accepts its spans and `events` are in the logs. A record with
  /// a stack is written after the stack's names are known.
  private func show(
    _ traceID: String, events: Set<String>, when isComplete: (TraceTree) -> Bool
  ) async throws {
    let tree = try await stage.reader.trace(traceID, until: isComplete)
    let written = try await eventually("\(events.sorted().joined(separator: ", ")) of \(traceID) are written") {
      let records = try stage.directory.records(ofTrace: traceID)
      return events.isSubset(of: records.map(\.event)) ? records : nil
    }
    // From the collector if it accepts logs, otherwise from the files.
    let records = try await eventually("the logs of \(traceID) are collected") {
      let logs = try await stage.reader.logs(ofTrace: traceID) ?? written
      return logs.count < written.count ? nil : logs
    }
    for line in TraceView(tree: tree, records: records).lines { print(line) }
  }

  /// Orders that succeed, and one for each kind of failure.
  private static let orders: [(what: String, order: OrderRequest)] = {
    var nameless = OrderRequest.example("ORD1006")
    nameless.customer.name = "A"
    return [
      ("a lamp", .example("ORD1001")),
      ("a chair", .example("ORD1002", user: "U2345", sku: "SKU-CHAIR", amountCents: 12_900)),
      ("out of stock", .example("ORD1003", sku: "SKU-RARE")),
      ("the bank declines", .example("ORD1004", card: CardToken.declined)),
      ("too risky", .example("ORD1005", sku: "SKU-DESK", amountCents: 990_000)),
      ("a name of 1 character", nameless),
      ("the payment times out", .example("ORD7890", user: "U5678", card: CardToken.timeout)),
    ]
  }()
}
