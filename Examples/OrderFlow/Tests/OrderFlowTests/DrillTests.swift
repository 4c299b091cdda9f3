// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProcessTests {
  /// The release gate, with real faults.
  @Suite struct DrillTests {
    private func drill(_ arguments: String...) async throws -> (status: Int32, result: [String: Any], output: String) {
      let file = FileManager.default.temporaryDirectory.path + "/drill-\(UUID().uuidString).json"
      let outcome = try await Binary.run(["drill", "--orders", "60", "--json", file] + arguments)
      let data = try Data(contentsOf: URL(filePath: file))
      let result = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      return (outcome.status, result, outcome.output)
    }

    @Test func `the repaired order flow passes with complete evidence of every order`() async throws {
      let (status, result, output) = try await drill()
      #expect(status == 0, "\(output)")
      #expect(try #require(result["score"] as? Double) >= 95, "\(output)")
      #expect(result["completeness"] as? Double == 1, "\(output)")
      #expect((result["phases"] as? [Any])?.count == 6)
    }

    @Test func `the incident's pool is stopped with equally complete evidence`() async throws {
      let (status, result, output) = try await drill("--pool", "incident")
      #expect(status == 1, "\(output)")
      #expect(try #require(result["score"] as? Double) < 60, "\(output)")
      #expect(result["completeness"] as? Double == 1, "\(output)")
    }
  }
}
