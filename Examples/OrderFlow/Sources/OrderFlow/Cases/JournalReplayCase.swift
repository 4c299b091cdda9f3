// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SpoorModel
import SpoorTerminal

/// A service is killed during a request while no collector accepts its spans. Its next start delivers all of them.
struct JournalReplayCase: Case {
  static let name = "journal-replay"
  static let summary =
    "payment-service is killed with finished and open spans unsent; its next start delivers them and marks the open ones"
  static let services: [ServiceRole] = []

  private static let finishedOrders = 5

  func play(on stage: Stage) async throws -> Report {
    try await CollectorFront.with(stage, mode: .refuse(.serviceUnavailable)) { try await play(on: stage, behind: $0) }
  }

  private func play(on stage: Stage, behind front: CollectorFront) async throws -> Report {
    await stage.sendSpans(to: await front.address)
    try await stage.start(ServiceRole.allCases)
    let client = try await stage.orderClient()
    var report = Report()

    // Orders that are finished and answered, but the collector refuses their spans.
    var finished: [String] = []
    for number in 1...Self.finishedOrders {
      let answer = try await client.place(.example("ORD100\(number)"))
      report.expect("order \(number) is accepted", answer.status, equals: 201)
      finished.append(answer.traceID)
    }
    report.expect("no span has arrived", try await stage.reader.spans(ofTrace: finished[0]).count, equals: 0)

    // An order in progress: the provider does not answer before the service is killed.
    async let inFlight = client.place(.example("ORD7890", user: "U5678", card: CardToken.timeout))
    let charging = try await eventually("a charge is in progress") {
      try stage.directory.records().last { $0.event == "risk_assessed" && $0["order_id"] == "ORD7890" }
    }
    await stage.kill(.payment)
    let answer = try await inFlight
    report.expect("the client gets an error for its payment", answer.status >= 500, found: "\(answer.status)")
    report.expect("the charge is in the same trace", charging.traceID, equals: answer.traceID)

    await front.set(.passOn)
    try await stage.start([.payment])
    let expected = TraceCase.expected.count
    var table = Table("trace", "order", "spans", "interrupted")
    func row(_ order: String, _ tree: TraceTree) {
      table.add(
        String(tree.nodes.first?.span?.traceID.description.prefix(8) ?? "–"), order, "\(tree.spanCount)",
        "\(Self.interrupted(in: tree).count)")
    }
    for (number, trace) in finished.enumerated() {
      let tree = try await stage.reader.trace(trace, within: .seconds(60)) { $0.spanCount >= expected }
      report.expect("order \(number + 1) has every span exactly once", tree.spanCount, equals: expected)
      report.expect("none of them is interrupted", Self.interrupted(in: tree).count, equals: 0)
      row("ORD100\(number + 1)", tree)
    }
    let tree = try await stage.reader.trace(answer.traceID, within: .seconds(60)) { tree in
      Self.interrupted(in: tree).count >= 2
    }
    row("ORD7890", tree)
    report.expect(
      "only the open spans of payment-service are marked",
      Self.interrupted(in: tree).map(\.title).sorted(),
      equals: ["payment-service: /charges", "payment-service: authorise"])
    report.expect(
      "an interrupted span has the interruption as its error",
      Self.interrupted(in: tree).allSatisfy { $0.span?.tag("error") == "interrupted: the process ended" })
    let told = try await eventually("the next start reports it") {
      try stage.directory.records().first { $0.event == "process_interrupted" }
    }
    report.expect("the record is payment-service's", told.service, equals: "payment-service")
    report.expect("the record counts the open spans", told.fields["interrupted_spans"], equals: .number(2))
    report.expect("the record has their trace id", told.fields["trace_ids"], equals: .array([.string(answer.traceID)]))
    report.tables = [table]
    report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: answer.traceID)).lines
    report.traceID = answer.traceID
    return report
  }

  private static func interrupted(in tree: TraceTree) -> [TraceTree.Node] {
    tree.nodes.filter { $0.span?.tag("spoor.interrupted") == "true" }
  }
}
