// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OrderFlow

struct DrillScoreTests {
  private static func phase(
    _ fault: DrillFault? = .riskSlowed, lost: Int = 0, detected: Double? = 100, recovered: Double? = 0,
    complete: Int = 100
  ) -> DrillResult.Phase {
    DrillResult.Phase(
      fault: fault, orders: 100, lost: lost, p50: 1, p99: 2, detectedAfter: detected, recoveredAfter: recovered,
      complete: complete)
  }

  private static let rows: [(phase: DrillResult.Phase, points: Double)] = [
    (phase(), 100), (phase(lost: 1), 96), (phase(lost: 10), 60), (phase(lost: 100), 60),
    (phase(recovered: 5_000), 100), (phase(recovered: 10_000), 85), (phase(recovered: nil), 70),
    (phase(detected: 6_000), 92.5), (phase(detected: nil), 85), (phase(complete: 0), 85),
  ]

  @Test(arguments: rows) func `a fault's points follow the formula`(
    row: (phase: DrillResult.Phase, points: Double)
  ) {
    #expect(abs(DrillScore.points(of: row.phase) - row.points) < 0.001)
  }

  @Test func `the score is the mean of the faults times the baseline's success`() {
    let phases = [Self.phase(nil, lost: 50), Self.phase(), Self.phase(recovered: nil)]
    #expect(abs(DrillScore.score(of: phases) - 0.5 * 85) < 0.001)
    #expect(DrillScore.score(of: []) == 0)
  }

  @Test func `a failed drill is a failure in the JUnit file, with the faults below the threshold`() {
    let result = DrillResult(
      pool: .incident, seed: 1, threshold: 95,
      phases: [Self.phase(nil), Self.phase(.collectorStopped), Self.phase(.riskSlowed, lost: 30, recovered: nil)])
    #expect(!result.passes)
    #expect(result.junit.contains(#"<testcase classname="drill" name="collector-stopped"/>"#))
    #expect(result.junit.contains(#"name="risk-slowed"><failure message="30.0 points: 30 of 100 orders lost"#))
    #expect(result.junit.contains(#"tests="4" failures="2""#))
  }
}
