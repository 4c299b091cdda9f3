// SPDX-License-Identifier: Apache-2.0

import SpoorModel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Invalid orders are refused at the gateway with the name of the field.
struct ValidationCase: Case {
  static let name = "validation"
  static let summary = "invalid orders are refused at the gateway with the name of the field"

  private struct Attempt {
    let what: String
    let body: [UInt8]
    let status: Int
    let field: String
  }

  func play(on stage: Stage) async throws -> Report {
    let client = try await stage.orderClient()
    var report = Report()
    var table = Table("request", "status", "field", "reason")
    var traces: [String] = []
    for attempt in try Self.attempts() {
      let answer = try await client.send(attempt.body)
      table.add(attempt.what, "\(answer.status)", answer.error?.field ?? "–", answer.error?.reason ?? "–")
      report.expect("\(attempt.what): status", answer.status, equals: attempt.status)
      report.expect("\(attempt.what): field", answer.error?.field, equals: attempt.field)
      let tree = try await stage.reader.trace(answer.traceID) { $0.spanCount >= 2 }
      let reason = tree.nodes.first { $0.span?.name == "validate order" }?.span?.tag("validation.reason")
      report.expect("\(attempt.what): the span has the reason", reason, equals: answer.error?.reason)
      report.expect("\(attempt.what): no other service is called", tree.services, equals: ["gateway"])
      traces.append(answer.traceID)
    }
    let logs = try stage.directory.records().filter { $0.traceID.map(traces.contains) ?? false }
    report.expect("one record for each", logs.filter { $0.event == "order_refused" }.count, equals: traces.count)
    report.expect("no other service logged anything about them", Set(logs.map(\.service)), equals: ["gateway"])
    let good = try await client.place(.example("ORD1001"))
    table.add("a good one", "\(good.status)", "–", "–")
    report.expect("a valid order still succeeds", good.status, equals: 201)
    report.tables = [table]
    report.traceID = traces.first
    return report
  }

  private static func attempts() throws -> [Attempt] {
    func order(_ change: (inout OrderRequest) -> Void) throws -> [UInt8] {
      var order = OrderRequest.example("ORD1000")
      change(&order)
      return Array(try JSONEncoder().encode(order))
    }
    return [
      Attempt(
        what: "a name of 1 character", body: try order { $0.customer.name = "A" }, status: 422, field: "customer.name"),
      Attempt(
        what: "a name of 33 characters", body: try order { $0.customer.name = String(repeating: "a", count: 33) },
        status: 422, field: "customer.name"),
      Attempt(
        what: "an invalid e-mail address", body: try order { $0.customer.email = "ada@example" }, status: 422,
        field: "customer.email"),
      Attempt(what: "an age of 151", body: try order { $0.customer.age = 151 }, status: 422, field: "customer.age"),
      Attempt(what: "an empty id", body: try order { $0.orderID = "" }, status: 422, field: "order_id"),
      Attempt(
        what: "a body of 10 MB", body: [UInt8](repeating: UInt8(ascii: " "), count: 10_000_000), status: 413,
        field: "body"),
      Attempt(what: "incomplete JSON", body: Array(#"{"order_id":"ORD1"#.utf8), status: 400, field: "body"),
      Attempt(what: "a missing field", body: Array(#"{"order_id":"ORD1"}"#.utf8), status: 400, field: "customer"),
    ]
  }
}
