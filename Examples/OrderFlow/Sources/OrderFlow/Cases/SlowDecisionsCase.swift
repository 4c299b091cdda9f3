// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// Some risk decisions take more than 200 ms. They are counted separately, and their traces are kept although only one
/// trace in 100 is sampled.
struct SlowDecisionsCase: Case {
  static let name = "slow-decisions"
  static let summary =
    "risk decisions of more than 200 ms are counted separately and always kept, even at a sampling rate of 1 %"
  static let services: [ServiceRole] = []

  /// One decision in this many is slow.
  private static let slowEvery = 20
  private static let load = Load(rate: 40, count: 200)

  func play(on stage: Stage) async throws -> Report {
    await stage.set([
      "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
      // Only for this operation, because other parts of an order may be as slow on a busy machine.
      "SPOOR_KEEP_SLOWER_THAN_BY_OPERATION": "/assessments=200",
    ])
    try await stage.start([.risk], arguments: ["--slow-every", "\(Self.slowEvery)", "--slow-time", "250"])
    try await stage.start(ServiceRole.allCases.filter { $0 != .risk })
    let client = try await stage.orderClient()
    let result = try await Self.load.run { try await client.outcome(of: .example("ORD-\($0)")) }

    // An order may be answered before the line of its decision is written.
    let decisions = try await eventually("every order's decision is in the log") {
      let decisions = try stage.directory.records().filter { $0.event == "risk_assessed" }
      return Self.orders(of: decisions) >= Self.load.count ? decisions : nil
    }
    func milliseconds(_ record: LogRecord) -> Double {
      if case .number(let value) = record.fields["duration_ms"] { value } else { 0 }
    }
    let slow = decisions.filter { milliseconds($0) > 200 }
    let usual = decisions.map(milliseconds).filter { $0 <= 200 }.sorted()
    let all = decisions.map(milliseconds).sorted()
    var table = Table("decisions", "number", "p50", "p99", "kept")
    func percentile(_ values: [Double], _ share: Double) -> String {
      values.isEmpty ? "–" : "\(Int(values[min(values.count - 1, Int(share * Double(values.count)))])) ms"
    }

    // Every service derives from the id alone whether a trace is sampled: its low 64 bits are below 1 % of the range.
    let sampled = Set(decisions.compactMap(\.traceID).filter(Self.isSampled))
    var (kept, usualKept) = (0, 0)
    var strays: [String] = []
    for record in decisions {
      let traceID = record.traceID ?? ""
      let isSlow = milliseconds(record) > 200
      let look = { () -> ZipkinSpan? in
        TraceTree(try await stage.reader.spans(ofTrace: traceID)).nodes
          .first { $0.title == "risk-service: /assessments" }?.span
      }
      var span: ZipkinSpan?
      if isSlow || sampled.contains(traceID) {
        // Wait for spans that must arrive.
        span = try? await eventually("the decision \(traceID) is kept") { try await look() }
      } else {
        span = try await look()
      }
      guard let span else { continue }
      if isSlow { kept += 1 } else { usualKept += 1 }
      // The span also includes reading the request and waiting for a processor, which the decision's time does not.
      let isSlowSpan = span.tag("spoor.kept") == "slow" && (span.duration ?? 0) >= 200_000
      if !isSlowSpan && !sampled.contains(traceID) { strays.append(traceID) }
    }
    table.add("all", "\(all.count)", percentile(all, 0.5), percentile(all, 0.99), "\(kept + usualKept)")
    table.add("up to 200 ms", "\(usual.count)", percentile(usual, 0.5), percentile(usual, 0.99), "\(usualKept)")
    table.add("over 200 ms", "\(slow.count)", percentile(slow.map(milliseconds).sorted(), 0.5), "–", "\(kept)")

    var report = Report()
    report.tables = [table]
    report.traceID = slow.first?.traceID
    report.expect("all orders are accepted", result.success, equals: 1)
    report.expect("every order's decision is in the log", Self.orders(of: decisions), equals: Self.load.count)
    report.expect(
      "one decision in \(Self.slowEvery) is slow", slow.count >= Self.load.count / Self.slowEvery,
      found: "\(slow.count)")
    report.expect("every slow decision is kept", kept, equals: slow.count)
    report.expect(
      "only decisions that are slow or sampled by their ids are kept", strays, equals: [])
    let slowTraces = Set(slow.compactMap(\.traceID))
    let due = sampled.subtracting(slowTraces).count
    report.expect(
      "every decision that is sampled by its id is kept", usualKept >= due, found: "\(usualKept) of \(due)")
    report.figures = [
      Figure(
        what: "slow decisions kept at a sampling rate of 1 %",
        before: "\(sampled.intersection(slowTraces).count) of \(slow.count) (by their ids)",
        after: "\(kept) of \(slow.count)")
    ]
    return report
  }

  /// How many orders the decisions belong to. A retried payment asks for another decision.
  private static func orders(of decisions: [LogRecord]) -> Int { Set(decisions.compactMap { $0["order_id"] }).count }

  /// The rule of `traceidratio` at 1 %.
  private static func isSampled(_ traceID: String) -> Bool {
    guard let low = UInt64(traceID.suffix(16), radix: 16) else { return false }
    return low < UInt64((0.01 * 18_446_744_073_709_551_616).rounded())
  }
}
