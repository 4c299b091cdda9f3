// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `spoor trace` from every kind of file, with ids in every spelling, lists and chains.
@Suite struct TraceInputTests {
  private static let id = "463ac35c9f6413ad48485a3953bb6124"

  private static let otlp = #"""
    {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},"scopeSpans":[{"spans":[{"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"00000000000000a1","name":"POST /orders","kind":2,"startTimeUnixNano":"1699366981234000000","endTimeUnixNano":"1699366981646000000","status":{"code":2,"message":"out of stock"}}]}]}]}
    """#
  private static let otlpLogs = #"""
    {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1699366981300000000","severityText":"WARN","body":{"stringValue":"stock low"},"attributes":[{"key":"left","value":{"intValue":"3"}}],"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"00000000000000a1"},{"timeUnixNano":"1699366981310000000","severityText":"ERROR","body":{"stringValue":"no stock"},"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"00000000000000a1"}]}]}]}
    """#

  @Test(arguments: ["plain", "gzip", "xz", "bzip2", "lines", "standard input"])
  func exportsOfOTLPAreTracesAsWell(form: String) async throws {
    try await withScratch { directory in
      let (spans, logs) = (directory.appending(path: "spans.json"), directory.appending(path: "logs.json"))
      let isOne = form == "lines" || form == "standard input"
      try Data((isOne ? Self.otlp + "\n" + Self.otlpLogs + "\n" : Self.otlp).utf8).write(to: spans)
      if !isOne { try Data((Self.otlpLogs + "\n").utf8).write(to: logs) }
      if ["gzip", "xz", "bzip2"].contains(form) {
        for file in [spans, logs] { try run(URL(filePath: "/usr/bin/\(form)"), [file.path]) }
      }
      let input = form == "standard input"
      let result = try run(
        spoor, ["trace", "463AC35C", input ? "-" : directory.path],
        input: input ? try Data(contentsOf: spans) : Data())
      #expect(result.status == 0, "\(result.errors)")
      for part in [
        "\(Self.id)   post /orders   412 ms   1 service   1 span   1 error", "✗ out of stock",
        "14:23:01.300 warning stock low left=3", "14:23:01.310 error no stock", "failed first: orders post /orders",
      ] { #expect(result.output.contains(part), "\(form): \(part) in \(result.output)") }
    }
  }

  @Test(arguments: [
    "463ac35c", "463AC35C9F64", "463ac35c9f6413ad48485a3953bb6124", "463AC35C9F6413AD48485A3953BB6124",
    "00-463ac35c9f6413ad48485a3953bb6124-00000000000000a1-01",
  ])
  func anIdIsFoundInEverySpelling(id: String) async throws {
    try await withScratch { directory in
      let file = directory.appending(path: "a.json")
      try Data(Self.otlp.utf8).write(to: file)
      let result = try run(spoor, ["trace", id, file.path])
      #expect(result.status == 0 && result.output.contains("post /orders"), "\(result)")
    }
  }

  @Test func recordsWithTheShortFormOfAnIdBelongToTheTrace() async throws {
    try await withScratch { directory in
      let (spans, log) = (directory.appending(path: "a.json"), directory.appending(path: "a.log"))
      try Data(Self.otlp.utf8).write(to: spans)
      let line = #"{"timestamp":"2023-11-07T14:23:01.4Z","traceId":"48485a3953bb6124","msg":"short"}"#
      try Data((line + "\n").utf8).write(to: log)
      let result = try run(spoor, ["trace", "463ac35c", directory.path])
      #expect(result.output.contains("short"), "\(result.output)")
    }
  }

  @Test func aMissingFileIsNamedAndTheOthersAreShown() async throws {
    try await withScratch { directory in
      let file = directory.appending(path: "a.json")
      try Data(Self.otlp.utf8).write(to: file)
      let result = try run(spoor, ["trace", "463ac35c", "/nowhere/b.log", file.path])
      #expect(result.status == 2 && result.errors.contains("/nowhere/b.log: No such file"), "\(result)")
      #expect(result.output.contains("post /orders"))
      let alone = try run(spoor, ["trace", "--last", "/nowhere/b.log"])
      #expect(alone.status == 2 && alone.errors.contains("/nowhere/b.log"), "\(alone)")
    }
  }

  @Test func aLogFileAloneIsATraceWithoutSpans() async throws {
    try await Incident.withLogs { directory in
      let result = try run(spoor, ["trace", Incident.trace(6), directory.path])
      #expect(result.status == 0)
      for part in [
        "\(Incident.trace(6))   2 services   3 records, no spans   2 errors",
        "error gateway order_failed status_code=500",
        "StorageError: INSERT orders: within a transaction",
      ] { #expect(result.output.contains(part), "\(part) in \(result.output)") }
    }
  }

  @Test func theRecordOfAKilledProcessIsPartOfTheTracesThatItNames() throws {
    let interrupted =
      #"{"timestamp":"2023-11-07T14:23:02Z","level":"warning","event":"process_interrupted","trace_ids":["\#(Incident.trace(1))","\#(Incident.trace(2))"]}"#
    let log =
      (1...3).map {
        #"{"timestamp":"2023-11-07T14:23:01Z","level":"info","event":"order_placed","trace_id":"\#(Incident.trace($0))"}"#
      }
      .joined(separator: "\n") + "\n" + interrupted
    for (trace, count) in [(1, 2), (2, 2), (3, 1)] {
      let output = try run(spoor, ["trace", Incident.trace(trace), "-"], input: Data(log.utf8)).output
      #expect(output.contains("warning  process_interrupted\n") == (count == 2), "\(output)")
      #expect(!output.contains("trace_ids=") && output.contains("order_placed"), "\(output)")
    }
  }

  @Test func theListHasEveryTraceInOneLine() async throws {
    try await Incident.withLogs { directory in
      let all = try run(spoor, ["trace", "--list", directory.path]).output.split(separator: "\n")
      #expect(all.count == 12)
      #expect(
        all[4]
          == "\(Incident.trace(5))  2023-11-07 14:23:05.000Z  9.0 ms  2 services  0 spans  2 failures  order_received")
      let failed = try run(spoor, ["trace", "--list", "--errors", directory.path]).output.split(separator: "\n")
      #expect(failed.map { $0.prefix(32) } == (4...8).map { Incident.trace($0)[...] })
      let first = try run(spoor, ["trace", "--errors", "--first", directory.path]).output
      #expect(first.hasPrefix(Incident.trace(4)))
      let last = try run(spoor, ["trace", "--errors", directory.path]).output
      #expect(last.hasPrefix(Incident.trace(8)))
    }
  }

  @Test func aChainIsFollowedToItsStart() async throws {
    try await Incident.withLogs { directory in
      let result = try run(spoor, ["trace", Incident.trace(8), directory.path])
      let chain = result.output.split(separator: "\n").map(String.init).drop {
        !$0.contains("previous_holder leads to")
      }
      let failure = "orders storage_failed: StorageError: INSERT orders: within a transaction"
      #expect(
        Array(chain) == [
          "  previous_holder leads to", "    \(Incident.trace(7))  \(failure)", "    \(Incident.trace(6))  \(failure)",
          "    … 1 more",
          "    \(Incident.trace(4))  orders coupon_ignored (handled): StorageError: SELECT coupons: no such table: coupons   ◀ start of the chain",
        ])
      let followed = try run(spoor, ["trace", Incident.trace(8), "--follow", "previous_holder", directory.path])
      #expect(followed.output.contains("caused by DatabaseError: no such table: coupons"), "\(followed.output)")
      #expect(followed.output.contains("at Store.discount(of:)"))
      let wrong = try run(spoor, ["trace", Incident.trace(8), "--follow", "order_id", directory.path])
      #expect(wrong.status == 1 && wrong.errors.contains("no field order_id"), "\(wrong)")
    }
  }

  @Test func aCircleOfReferencesEnds() async throws {
    let (one, two) = (Incident.trace(1), Incident.trace(2))
    let log = [(one, two), (two, one)].map {
      #"{"timestamp":"2023-11-07T14:23:01Z","level":"error","event":"e","trace_id":"\#($0)","holder":"\#($1)"}"#
    }.joined(separator: "\n")
    let trace = try run(spoor, ["trace", one, "-"], input: Data(log.utf8))
    #expect(trace.status == 0 && trace.output.contains("holder leads to"), "\(trace)")
    let errors = try run(spoor, ["errors", "-"], input: Data(log.utf8))
    #expect(errors.status == 0 && errors.output.contains("× 2"), "\(errors)")
  }
}
