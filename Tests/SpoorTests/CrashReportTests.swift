// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A service that dies during 40 requests, and the report of its next start.
@Suite struct CrashReportTests {
  struct Crash: Sendable, CustomTestStringConvertible {
    let mode: String
    let place: String
    let signals: Set<String>
    let top: String
    var testDescription: String { "\(mode) in a \(place)" }
  }

  static let crashes: [Crash] = ["task", "thread"].flatMap { place in
    [
      Crash(mode: "fatalError", place: place, signals: ["SIGILL", "SIGTRAP"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "index", place: place, signals: ["SIGILL", "SIGTRAP"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "nil", place: place, signals: ["SIGILL", "SIGTRAP"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "overflow", place: place, signals: ["SIGILL", "SIGTRAP"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "division", place: place, signals: ["SIGILL", "SIGTRAP", "SIGFPE"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "segv", place: place, signals: ["SIGSEGV", "SIGILL", "SIGTRAP"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "abort", place: place, signals: ["SIGABRT"], top: "Crashes.fail(_:_:)"),
      Crash(mode: "stack", place: place, signals: ["SIGSEGV"], top: "Crashes.overflowStack(_:)"),
    ]
  }

  @Test(arguments: crashes) func theNextStartTellsOfTheCrash(crash: Crash) throws {
    let bench = try EndingBench(program: "FailureProbe")
    let process = try bench.run("crash \(crash.mode) \(crash.place)")
    #expect(process.terminationReason == .uncaughtSignal)
    try bench.run("ship")
    #expect(try bench.records("process_crashed").count == 1)
    let record = try #require(try bench.records("process_crashed").first)
    #expect(record["level"] as? String == "critical" && record["error.handled"] as? Bool == false)
    #expect(crash.signals.contains(record["signal"] as? String ?? ""), "\(record)")
    #expect(record["pid"] as? Int == Int(process.processIdentifier))
    let stack = try #require(record["error.stack_trace"] as? String)
    #expect(stack.split(separator: "\n").first { !$0.hasPrefix("…") }?.contains(crash.top) == true, "\(stack)")
    // It names the span of the task, and that span is in the collector with the crash.
    let spanID = try #require(record["span_id"] as? String)
    let span = try #require(bench.spans.first { $0["id"] as? String == spanID })
    #expect(span["name"] as? String == (crash.place == "task" ? "charge" : "request 7"))
    #expect(span["traceId"] as? String == record["trace_id"] as? String)
    let tags = try #require(span["tags"] as? [String: String])
    #expect(tags["spoor.interrupted"] == "true" && tags["spoor.crash.signal"] == record["signal"] as? String)
    #expect(tags["error.stack_trace"]?.contains(crash.top) == true)
    let open = try #require(bench.records("process_interrupted").first?["interrupted_spans"] as? Int)
    #expect(open == (crash.place == "task" ? 41 : 1), "every request in flight is reported")
    #expect((record["in_flight"] as? [[String: Any]])?.count == min(open, 20))
    #expect(try !bench.records("about_to_fail").isEmpty, "its log lines are written")
    #expect(bench.spans.contains { $0["name"] as? String == "finished" })
  }

  @Test func aKillLeavesNoCrashReport() throws {
    let bench = try EndingBench(program: "FailureProbe")
    try bench.run("crash kill task")
    try bench.run("ship")
    #expect(try bench.records("process_crashed").isEmpty)
    #expect(try bench.records("process_interrupted").first?["interrupted_spans"] as? Int == 41)
  }

  @Test func crashEvidenceCanBeLeftOut() throws {
    let bench = try EndingBench(program: "FailureProbe")
    try bench.run("crash index task", environment: ["SPOOR_CRASHES": "0"])
    try bench.run("ship")
    #expect(try bench.records("process_crashed").isEmpty)
    #expect(try bench.records("process_interrupted").first?["interrupted_spans"] as? Int == 41)
  }

  @Test func aFailuresStackOutlivesItsProcess() throws {
    let bench = try EndingBench()
    // Killed immediately after the record was made: no name was looked up and nothing was written.
    try bench.run("failure")
    try bench.run("ship")
    let record = try #require(try bench.records("payment_timeout").first)
    let stack = try #require(record["error.stack_trace"] as? String)
    #expect(stack.hasPrefix("static EndingProbe.charge() at EndingProbe.swift:"), "\(stack)")
    #expect(record["error.stack_source"] as? String == "exact")
    #expect((record["error.fingerprint"] as? String)?.count == 16)
  }
}
