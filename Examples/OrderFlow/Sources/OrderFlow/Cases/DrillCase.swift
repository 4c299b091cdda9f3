// SPDX-License-Identifier: Apache-2.0

/// The release gate with the repaired pool; `order-flow drill` has options.
struct DrillCase: Case {
  static let name = "drill"
  static let summary = "the release gate: five faults while orders come in, and a stability score"
  static let services: [ServiceRole] = []

  func play(on stage: Stage) async throws -> Report {
    let result = try await CollectorFront.with(stage) { front in
      try await Drill(stage: stage, front: front, settings: DrillSettings()).carryOut()
    }
    var report = Report()
    report.tables = [result.table]
    report.text = [result.verdict, "With the incident's pool: order-flow drill --pool incident"]
    report.expect("the score reaches \(result.threshold.rounded(toPlaces: 0))", result.passes, found: "\(result.score)")
    report.expect("the evidence of every order is complete", result.completeness, equals: 1)
    // A record of the fault that cost the most orders.
    report.traceID = try stage.directory.records().last { $0.event == "payment_unreachable" }?.traceID
    return report
  }
}
