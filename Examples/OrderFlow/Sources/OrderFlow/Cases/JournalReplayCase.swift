import HTTPTypes
import SpoorModel
import SpoorTerminal

/// A service is killed while no collector takes its spans, in the middle of a request: its next start tells both.
struct JournalReplayCase: Case {
  static let name = "journal-replay"
  static let summary =
    "payment-service is killed with finished and open spans unsent; its next start delivers them, the open ones marked"
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

    // Done, answered, and known to nobody: the collector refuses.
    var finished: [String] = []
    for number in 1...Self.finishedOrders {
      let answer = try await client.place(.example("ORD100\(number)"))
      report.expect("order \(number) is taken", answer.status, equals: 201)
      finished.append(answer.traceID)
    }
    report.expect("no span has arrived", try await stage.reader.spans(ofTrace: finished[0]).count, equals: 0)

    // Under way: the provider is stuck for as long as the service has to live.
    async let inFlight = client.place(.example("ORD7890", user: "U5678", card: CardToken.timeout))
    let charging = try await eventually("a charge is under way") {
      try stage.directory.records().last { $0.event == "risk_assessed" && $0["order_id"] == "ORD7890" }
    }
    await stage.kill(.payment)
    let answer = try await inFlight
    report.expect("the client is told that its payment failed", answer.status >= 500, found: "\(answer.status)")
    report.expect("it is the same trace", charging.traceID, equals: answer.traceID)

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
      report.expect("order \(number + 1) has every span, once", tree.spanCount, equals: expected)
      report.expect("none of them is interrupted", Self.interrupted(in: tree).count, equals: 0)
      row("ORD100\(number + 1)", tree)
    }
    let tree = try await stage.reader.trace(answer.traceID, within: .seconds(60)) { tree in
      Self.interrupted(in: tree).count >= 2
    }
    row("ORD7890", tree)
    report.expect(
      "what payment-service was in the middle of is marked, and nothing else",
      Self.interrupted(in: tree).map(\.title).sorted(),
      equals: ["payment-service: /charges", "payment-service: authorise"])
    report.expect(
      "an interrupted span says so as its error",
      Self.interrupted(in: tree).allSatisfy { $0.span?.tag("error") == "interrupted: the process ended" })
    let told = try await eventually("the next start tells of it") {
      try stage.directory.records().first { $0.event == "process_interrupted" }
    }
    report.expect("the record is payment-service's", told.service, equals: "payment-service")
    report.expect("it counts the open spans", told.fields["interrupted_spans"], equals: .number(2))
    report.expect("it names their trace", told.fields["trace_ids"], equals: .array([.string(answer.traceID)]))
    report.tables = [table]
    report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: answer.traceID)).lines
    report.traceID = answer.traceID
    return report
  }

  private static func interrupted(in tree: TraceTree) -> [TraceTree.Node] {
    tree.nodes.filter { $0.span?.tag("spoor.interrupted") == "true" }
  }
}
