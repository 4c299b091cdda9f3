// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The drill's result for pipelines: JSON, and JUnit's XML for test reports.
extension DrillResult {
  /// Derived values are written too, so that no reader needs to know the formula.
  private struct Whole: Encodable {
    let result: DrillResult

    enum CodingKeys: String, CodingKey {
      case score
      case passes
      case formula
      case completeness
    }

    func encode(to encoder: any Encoder) throws {
      try result.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(result.score, forKey: .score)
      try container.encode(result.passes, forKey: .passes)
      try container.encode(DrillScore.formula, forKey: .formula)
      try container.encode(result.completeness, forKey: .completeness)
    }
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Whole(result: self)) + Data("\n".utf8)
  }

  /// One test for the baseline and for each fault, which fails below the threshold, and one for the score, which
  /// decides alone.
  var junit: String {
    var tests: [String] = []
    var failures = 0
    for phase in phases {
      let points =
        phase.fault == nil
        ? 100 * (1 - Double(phase.lost) / Double(max(1, phase.orders))) : DrillScore.points(of: phase)
      let text =
        "\(points.rounded(toPlaces: 1)) points: \(phase.lost) of \(phase.orders) orders lost, evidence of \(phase.complete) complete"
      if points < threshold { failures += 1 }
      tests.append(Self.test(phase.name, failure: points < threshold ? text : nil))
    }
    if !passes { failures += 1 }
    tests.append(
      Self.test(
        "stability score",
        failure: passes ? nil : "the score must be at least \(threshold), but is \(score.rounded(toPlaces: 1))"))
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites tests="\(tests.count)" failures="\(failures)">
        <testsuite name="order-flow drill" tests="\(tests.count)" failures="\(failures)">
      \(tests.joined(separator: "\n"))
        </testsuite>
      </testsuites>

      """
  }

  private static func test(_ name: String, failure: String?) -> String {
    let head = "    <testcase classname=\"drill\" name=\"\(name)\""
    return failure.map { "\(head)><failure message=\"\($0)\"/></testcase>" } ?? "\(head)/>"
  }
}
