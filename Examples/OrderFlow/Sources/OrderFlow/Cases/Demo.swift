import SpoorModel

/// What `order-flow demo` shows: a handful of orders, some of which fail, and the trail of one.
struct Demo: Sendable {
  let stage: Stage

  /// Sends the orders and prints what came of them.
  func show() async throws {
    let client = try await stage.orderClient()
    let started = stage.collector.process == nil ? "listens already" : "started here"
    print("six processes and a collector (\(started)) on 127.0.0.1; logs in \(stage.directory.path)\n")

    var table = Table("order", "what", "status", "answer", "took", "trace")
    var shown: OrderClient.Answer?
    for (what, order) in Self.orders {
      let answer = try await client.place(order)
      table.add(
        order.orderID, what, "\(answer.status)", answer.answer?.state.rawValue ?? answer.error?.reason ?? "–",
        answer.took.inMilliseconds, answer.traceID)
      if order.card == CardToken.timeout { shown = answer }
    }
    for line in table.lines { print(line) }
    guard let traceID = shown?.traceID else { return }

    let tree = try await stage.reader.trace(traceID) { tree in
      tree.nodes.count { $0.title == "payment-service: /charges" } == PaymentClient.retries + 1
    }
    let records = try stage.directory.records(ofTrace: traceID)
    print("\nThe one whose payment was not confirmed in time:\n")
    for line in TraceView(tree: tree, records: records).lines { print(line) }
    print("\nIts lines in the logs of all services:")
    print("  grep -h \(traceID) \(stage.directory.allLogs)")
    print("The collector: \(stage.collector.address)")
  }

  /// Orders that go through, and one for each way to fail.
  private static let orders: [(what: String, order: OrderRequest)] = {
    var nameless = OrderRequest.example("ORD1006")
    nameless.customer.name = "A"
    return [
      ("a lamp", .example("ORD1001")),
      ("a chair", .example("ORD1002", user: "U2345", sku: "SKU-CHAIR", amountCents: 12_900)),
      ("out of stock", .example("ORD1003", sku: "SKU-RARE")),
      ("the bank says no", .example("ORD1004", card: CardToken.declined)),
      ("too risky", .example("ORD1005", sku: "SKU-DESK", amountCents: 990_000)),
      ("a name of 1 character", nameless),
      ("the payment times out", .example("ORD7890", user: "U5678", card: CardToken.timeout)),
    ]
  }()
}
