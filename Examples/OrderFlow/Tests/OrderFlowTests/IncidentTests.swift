// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProcessTests {
  /// The cases of the incident. Each checks its own numbers; these tests check the logs, spans and files.
  @Suite struct IncidentTests {
    @Test func `a task whose worker was killed ends once in the trace of its order`() async throws {
      let outcome = try await Binary.run("run", "task-recovery")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()

      let trace = try #require(try outcome.spans().first?["traceId"] as? String)
      let worker = try outcome.records().filter { $0.file == "fulfilment-worker.log" }.map(\.record)
      let events = worker.filter { $0["task"] as? String == "T1001" }.compactMap { $0["event"] as? String }
      #expect(events == ["fulfilment_started", "task_recovering", "fulfilment_started", "order_fulfilled"])
      #expect(worker.filter { $0["task"] != nil }.allSatisfy { $0["trace_id"] as? String == trace })
    }

    @Test func `the next start of a killed service delivers the interrupted spans`() async throws {
      let outcome = try await Binary.run("run", "journal-replay")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
      let interrupted = try outcome.spans().filter { ($0["tags"] as? [String: String])?["spoor.interrupted"] == "true" }
      #expect(interrupted.count == 2)
      #expect(interrupted.allSatisfy { $0["duration"] != nil })
    }

    @Test func `the next start reports a trap with its stack in the trace of the order that caused it`()
      async throws
    {
      let outcome = try await Binary.run("run", "beyond-recovery")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
      let crashes = try outcome.records().filter { $0.record["event"] as? String == "process_crashed" }
      #expect(crashes.map(\.file) == ["payment-service.log"])
      let trace = try #require(crashes.first?.record["trace_id"] as? String)
      #expect(try outcome.spans().allSatisfy { $0["traceId"] as? String == trace })
    }

    @Test func `no span is lost while the collector is down or refuses`() async throws {
      let outcome = try await Binary.run("run", "collector-outage")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
      #expect(try outcome.spans().count == 18)
    }

    @Test func `connections held through remote calls starve other orders, and the trace names the holders`()
      async throws
    {
      let outcome = try await Binary.run("run", "pool-starvation")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
      let wait = try #require(try outcome.spans().first { $0["name"] as? String == "pool.acquire" })
      let holders = try #require((wait["tags"] as? [String: String])?["pool.holders"])
      #expect(holders.split(separator: " ").count == 10)
    }

    @Test func `a connection that is returned in a broken state fails correct orders`() async throws {
      let outcome = try await Binary.run("run", "pool-poison")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()

      let records = try outcome.records().map(\.record)
      let failures = records.filter { record in
        record["event"] as? String == "storage_failed"
          && (record["error.message"] as? String)?.contains("within a transaction") ?? false
      }
      #expect(!failures.isEmpty)
      #expect(failures.allSatisfy { ($0["previous_holder"] as? String)?.count == 32 })
      let coupons = Set(
        records.filter { $0["event"] as? String == "coupon_ignored" }.compactMap { $0["trace_id"] as? String })
      #expect(failures.contains { coupons.contains($0["previous_holder"] as? String ?? "") })
    }

    @Test(arguments: ["defer", "slow-decisions"]) func `the case holds`(name: String) async throws {
      let outcome = try await Binary.run("run", name)
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()
    }

    @Test func `the repaired pool accepts all orders under the same load`() async throws {
      let outcome = try await Binary.run("run", "pool-fixed")
      #expect(outcome.status == 0, "\(outcome.output)")
      try await outcome.expectCommandsToWork()

      let records = try outcome.records().map(\.record)
      #expect(records.count { $0["event"] as? String == "connection_destroyed" } == 8)
      let repaired = records.filter {
        ($0["order_id"] as? String)?.hasPrefix("ORD-B") ?? false && $0["event"] as? String == "fulfilment_enqueued"
      }
      #expect(repaired.count == 320)
    }
  }
}
