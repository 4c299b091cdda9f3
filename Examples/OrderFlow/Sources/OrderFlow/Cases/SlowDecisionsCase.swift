import SpoorModel

/// The risk service sometimes takes over 200 ms: these are counted apart, and kept even where one trace in a hundred is.
struct SlowDecisionsCase: Case {
  static let name = "slow-decisions"
  static let summary =
    "risk decisions of more than 200 ms are counted apart and always kept, even at a sampling rate of 1 %"
  static let services: [ServiceRole] = []

  /// One decision in so many is slow.
  private static let slowEvery = 20
  private static let load = Load(rate: 40, count: 200)

  func play(on stage: Stage) async throws -> Report {
    await stage.set([
      "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
      "SPOOR_KEEP_SLOWER_THAN": "200",
    ])
    try await stage.start([.risk], arguments: ["--slow-every", "\(Self.slowEvery)", "--slow-time", "250"])
    try await stage.start(ServiceRole.allCases.filter { $0 != .risk })
    let client = try await stage.orderClient()
    let result = try await Self.load.run { try await client.outcome(of: .example("ORD-\($0)")) }

    let decisions = try stage.directory.records().filter { $0.event == "risk_assessed" }
    func milliseconds(_ record: LogRecord) -> Double {
      if case .number(let value) = record.fields["took_ms"] { value } else { 0 }
    }
    let slow = decisions.filter { milliseconds($0) > 200 }
    let usual = decisions.map(milliseconds).filter { $0 <= 200 }.sorted()
    let all = decisions.map(milliseconds).sorted()
    var table = Table("decisions", "number", "p50", "p99", "kept")
    func percentile(_ values: [Double], _ share: Double) -> String {
      values.isEmpty ? "–" : "\(Int(values[min(values.count - 1, Int(share * Double(values.count)))])) ms"
    }

    var kept = 0
    for record in slow {
      do {
        try await eventually("the slow decision \(record.traceID ?? "–") is kept") {
          let tree = TraceTree(try await stage.reader.spans(ofTrace: record.traceID ?? ""))
          return tree.nodes.first { $0.title == "risk-service: /assessments" }
        }
        kept += 1
      } catch is NotInTime {
        // Not kept.
      }
    }
    var usualKept = 0
    for record in decisions where milliseconds(record) <= 200 {
      if try await !stage.reader.spans(ofTrace: record.traceID ?? "").isEmpty { usualKept += 1 }
    }
    table.add("all", "\(all.count)", percentile(all, 0.5), percentile(all, 0.99), "\(kept + usualKept)")
    table.add("up to 200 ms", "\(usual.count)", percentile(usual, 0.5), percentile(usual, 0.99), "\(usualKept)")
    table.add("over 200 ms", "\(slow.count)", percentile(slow.map(milliseconds).sorted(), 0.5), "–", "\(kept)")

    var report = Report()
    report.tables = [table]
    report.traceID = slow.first?.traceID
    report.expect("all orders are taken", result.success, equals: 1)
    // A payment that is tried again asks again.
    report.expect("every decision is in the log", decisions.count >= Self.load.count, found: "\(decisions.count)")
    report.expect(
      "one decision in \(Self.slowEvery) is slow", slow.count >= Self.load.count / Self.slowEvery,
      found: "\(slow.count)")
    report.expect("every slow one is kept", kept, equals: slow.count)
    // On a busy machine other parts of an order are slow as well, and its trace is kept for them.
    report.expect("not all of the others are", usualKept < usual.count, found: "\(usualKept) of \(usual.count)")
    return report
  }
}
