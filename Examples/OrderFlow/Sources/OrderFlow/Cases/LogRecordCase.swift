// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// A payment times out after 2 retries, and one record describes it.
struct LogRecordCase: Case {
  static let name = "log-record"
  static let summary = "a payment times out after 2 retries, and one typed record has all the details"

  func play(on stage: Stage) async throws -> Report {
    let order = OrderRequest.example("ORD7890", user: "U5678", card: CardToken.timeout)
    let answer = try await stage.orderClient().place(order)
    // Three attempts, each with a client span and a server span. The last server span ends after the answer.
    let tree = try await stage.reader.trace(answer.traceID) { tree in
      tree.nodes.count { $0.title == "payment-service: /charges" } == PaymentClient.retries + 1
    }
    // A record with a stack is written after the stack's names are known.
    let found = try await eventually("the record is written") {
      let found = try stage.directory.records(ofTrace: answer.traceID).filter { $0.event == "payment_timeout" }
      return found.isEmpty ? nil : found
    }

    var report = Report()
    report.traceID = answer.traceID
    report.expect("the client gets 504", answer.status, equals: 504)
    report.expect("there is one record", found.count, equals: 1)
    report.expect(
      "the payment was tried three times", tree.nodes.count { $0.title == "payment-service: /charges" }, equals: 3)
    guard let record = found.first else { return report }

    var table = Table("key", "value", "type")
    for (key, value) in record.fields.sorted(by: { $0.key < $1.key }) {
      table.add(key, String(value.plain.prefix(72)).replacing("\n", with: "⏎"), value.typeName)
    }
    report.tables = [table]
    report.text = [record.line]
    report.expect("service", record.fields["service"], equals: .string("order-service"))
    report.expect("event", record.fields["event"], equals: .string("payment_timeout"))
    report.expect("order_id", record.fields["order_id"], equals: .string("ORD7890"))
    report.expect("user_id", record.fields["user_id"], equals: .string("U5678"))
    report.expect("retry_count is a number", record.fields["retry_count"], equals: .number(2))
    report.expect("trace_id", record.fields["trace_id"], equals: .string(answer.traceID))
    report.expect("level", record.fields["level"], equals: .string("warning"))
    report.expect("error.type", record.fields["error.type"]?.text?.hasSuffix("PaymentTimeout"), equals: true)
    report.expect("error.spans names the route", record.fields["error.spans"], equals: .array([.string("/orders")]))
    report.expect("error.handled", record.fields["error.handled"], equals: .bool(true))
    report.expect("timestamp is RFC 3339 in UTC", Self.isTimestamp(record.timestamp), found: record.timestamp)
    let span = tree.nodes.first { $0.id.description == record.spanID }
    report.expect("span_id is the span that handled the order", span?.title, equals: "order-service: /orders")
    return report
  }

  private static func isTimestamp(_ text: String) -> Bool {
    text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z/) != nil
  }
}

extension JSONValue {
  /// The name of the JSON type.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
