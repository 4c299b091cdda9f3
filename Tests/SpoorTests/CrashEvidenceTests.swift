// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

/// The reports of later starts about the end of a process: each fact once, and only true ones.
@Suite struct CrashEvidenceTests {
  private static let deadCollector = ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/api/v2/spans"]

  @Test func aCrashIsReportedOnceHoweverManyStartsFollowWithoutACollector() throws {
    let bench = try EndingBench(program: "FailureProbe")
    try bench.run("crash index task", environment: Self.deadCollector)
    for _ in 0..<5 { try bench.run("ship", environment: Self.deadCollector) }
    #expect(try bench.records("process_crashed").count == 1)
    #expect(try bench.records("process_interrupted").count == 1)
    #expect(try bench.records("about_to_fail").count == 1, "nor are its lines written twice")
    try bench.run("ship")
    let crashed = bench.spans.filter { ($0["tags"] as? [String: String])?["spoor.crash.signal"] != nil }
    #expect(crashed.count == 1, "the span keeps the crash's attributes until it is sent")
  }

  /// A task continues on a thread that has run nothing of Spoor's, and the stack overflows there: the handler has no
  /// stack to run on, so the kernel ends the process. The journal is still evidence.
  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "a sanitizer handles the signal itself"))
  func aStackOverflowOnAFreshThreadIsAnInterruptionWithTheSpansInFlight() throws {
    let bench = try EndingBench(program: "FailureProbe")
    let process = try bench.run("crash stack pool")
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGSEGV)
    try bench.run("ship")
    let record = try #require(try bench.records("process_interrupted").first)
    #expect(record["interrupted_spans"] as? Int == 1 && (record["trace_ids"] as? [String])?.count == 1)
    let span = try #require(bench.spans.first { $0["name"] as? String == "request 7" })
    #expect((span["tags"] as? [String: String])?["spoor.interrupted"] == "true")
    #expect(span["traceId"] as? String == (record["trace_ids"] as? [String])?.first)
    #expect(try bench.records("about_to_fail").first?["trace_id"] as? String == span["traceId"] as? String)
  }

  /// Any other crash there has its record: only an overflow leaves no room.
  @Test func anotherCrashOnAFreshThreadHasItsRecord() throws {
    let bench = try EndingBench(program: "FailureProbe")
    try bench.run("crash index pool")
    try bench.run("ship")
    let record = try #require(try bench.records("process_crashed").first)
    let span = try #require(bench.spans.first { $0["name"] as? String == "request 7" })
    #expect(record["trace_id"] as? String == span["traceId"] as? String)
  }

  @Test func aCleanEndWithSpansLeftIsNoInterruption() throws {
    let bench = try EndingBench()
    try bench.run("spans", count: 5, environment: Self.deadCollector)
    #expect(bench.report["held"] as? Int == 5 && bench.report["keepsUndelivered"] as? Bool == true)
    try bench.run("ship")
    #expect(try bench.records("process_interrupted").isEmpty)
    #expect(try bench.records("spans_taken_over").first?["finished_spans"] as? Int == 5)
    #expect(bench.spans.count == 5)
  }

  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "a sanitizer handles the signal itself"))
  func aBusErrorThatSomebodySendsEndsTheProcess() throws {
    let bench = try EndingBench()
    let process = try bench.run("bus")
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGBUS)
    try bench.run("ship")
    let record = try #require(try bench.records("process_crashed").first)
    #expect(record["signal"] as? String == "SIGBUS")
  }

  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "a sanitizer handles the signal itself"))
  func aSignalThatTheProcessSurvivedIsNoCrash() throws {
    let bench = try EndingBench()
    let process = try bench.run("survive")
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
    try bench.run("ship")
    #expect(try bench.records("process_crashed").isEmpty)
    #expect(bench.spans.contains { $0["name"] as? String == "after the signal" })
  }

  @Test func aStartBesideManyJournalsOfDeadProcessesIsNotDelayed() throws {
    let bench = try EndingBench()
    // The output ends in half a line, so every start searches for its rest in the dead processes' rings.
    for _ in 0..<12 {
      try bench.run("crash", environment: Self.deadCollector.merging(["SPOOR_JOURNAL_BYTES": "67108864"]) { $1 })
    }
    let handle = try FileHandle(forWritingTo: bench.output)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{\"timestamp\":\"half".utf8))
    try handle.close()
    try bench.run("spans", count: 1, environment: Self.deadCollector)
    let text = try String(contentsOf: bench.output, encoding: .utf8)
    #expect(text.contains("{\"timestamp\":\"half\n"), "half a line without a known rest is ended")
  }
}
