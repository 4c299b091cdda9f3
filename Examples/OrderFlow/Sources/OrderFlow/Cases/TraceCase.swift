// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// One order through all services and the worker: one trace in which every parent is correct.
struct TraceCase: Case {
  static let name = "trace"
  static let summary = "one order through all services and the worker is one trace, and one grep finds its logs"

  /// Each span with its parent, as `service: name`, in the order of their starts.
  static let expected: [(span: String, parent: String)] = [
    ("gateway: /orders", "–"),
    ("gateway: validate order", "gateway: /orders"),
    ("gateway: post", "gateway: /orders"),
    ("order-service: /orders", "gateway: post"),
    ("order-service: insert orders", "order-service: /orders"),
    ("order-service: post", "order-service: /orders"),
    ("inventory-service: /reservations", "order-service: post"),
    ("inventory-service: update stock", "inventory-service: /reservations"),
    ("order-service: post", "order-service: /orders"),
    ("payment-service: /charges", "order-service: post"),
    ("payment-service: post", "payment-service: /charges"),
    ("risk-service: /assessments", "payment-service: post"),
    ("payment-service: authorise", "payment-service: /charges"),
    ("order-service: enqueue fulfilment", "order-service: /orders"),
    ("order-service: insert tasks", "order-service: enqueue fulfilment"),
    ("fulfilment-worker: fulfil order", "order-service: enqueue fulfilment"),
    ("fulfilment-worker: pack", "fulfilment-worker: fulfil order"),
    ("fulfilment-worker: update tasks", "fulfilment-worker: fulfil order"),
  ]

  func play(on stage: Stage) async throws -> Report {
    let answer = try await stage.orderClient().place(.example("ORD1001"))
    let tree = try await stage.reader.trace(answer.traceID) { $0.spanCount >= Self.expected.count }
    let records = try stage.directory.records(ofTrace: answer.traceID)

    var report = Report()
    report.traceID = answer.traceID
    report.text = TraceView(tree: tree, records: records).lines
    report.expect("the order is accepted", answer.status, equals: 201)
    report.expect("its task has a name", answer.answer?.task ?? "", equals: "T1001")
    report.expect("the trace has all spans", tree.spanCount, equals: Self.expected.count)
    report.expect("it has one root", tree.roots.count, equals: 1)
    report.expect("it has all services", tree.services.count, equals: ServiceRole.allCases.count)
    report.expect("no span failed", tree.errorCount, equals: 0)
    let found = tree.nodes.map { node in
      "\(node.title) < \(node.parent.map { tree.nodes[$0].title } ?? "–")"
    }
    report.expect(
      "every parent is correct", found.sorted(), equals: Self.expected.map { "\($0.span) < \($0.parent)" }.sorted())
    let spanIDs = Set(tree.nodes.map { $0.id.description })
    report.expect("one grep finds the logs of all services", Set(records.map(\.service)).count, equals: 6)
    report.expect(
      "every record names a span of the trace", records.allSatisfy { $0.spanID.map(spanIDs.contains) ?? false })
    report.expect(
      "the records are in order", records.map(\.event),
      equals: [
        "order_received", "order_placed", "stock_reserved", "risk_assessed", "payment_authorised",
        "fulfilment_enqueued", "fulfilment_started", "order_fulfilled",
      ])
    return report
  }
}

extension TraceTree.Node {
  /// `service: name`.
  var title: String {
    guard let span else { return "missing \(id)" }
    return "\(span.serviceName ?? "?"): \(span.name ?? "?")"
  }
}
