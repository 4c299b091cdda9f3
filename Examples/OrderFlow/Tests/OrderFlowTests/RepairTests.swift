// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProcessTests {
  /// Cases that check their own numbers. These tests check the logs and spans.
  @Suite struct RepairTests {
    @Test func `each failure that is recovered from leaves one record, and the service keeps serving`() async throws {
      let outcome = try await Binary.run("run", "recover")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
      let failures = try outcome.records().filter { $0.record["error.handled"] as? Bool == true }
      #expect(
        failures.compactMap { $0.record["event"] as? String } == [
          "instalment_not_computed", "voucher_unreadable", "customer_unknown",
        ])
      #expect(failures.allSatisfy { $0.file == "order-service.log" })
      #expect(Set(failures.compactMap { $0.record["trace_id"] as? String }).count == 3)
      #expect((failures.last?.record["error.message"] as? String)?.hasPrefix("failed to get user: ") == true)
    }

    @Test(arguments: ["cache-penetration", "hot-key", "shared-state"])
    func `a guard keeps load from the database, and nothing is lost`(name: String) async throws {
      let outcome = try await Binary.run("run", name)
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
    }
  }
}
