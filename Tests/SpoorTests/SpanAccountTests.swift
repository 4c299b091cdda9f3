// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Foundation
import MetricsTestKit
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorTracing

/// `started + adopted = sent + sampledOut + dropped + open + keptBack + held`, at every kind of end and in every mode,
/// in the report, in the log and in the metrics.
@Suite struct SpanAccountTests {
  /// How spans are sampled.
  enum Mode: String, CaseIterable, Sendable {
    case all, ratio, keepRules, hook, never
  }

  /// How the process ends.
  enum End: String, CaseIterable, Sendable {
    case clean, deadCollector, fullJournal, refusingCollector, directoryRemoved, memory
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let mode: Mode
    let end: End
    var testDescription: String { "\(mode.rawValue), \(end.rawValue)" }
  }

  static let cases = Mode.allCases.flatMap { mode in End.allCases.map { Case(mode: mode, end: $0) } }

  @Test(arguments: cases) func everySpanIsInOneTerm(of which: Case) async throws {
    let metrics = TestMetrics()
    let bench = try SystemBench { request in
      switch which.end {
      case .deadCollector, .fullJournal, .directoryRemoved: .answer(503)
      case .refusingCollector: .answer(400, body: "no")
      case .clean, .memory: .answer(202)
      }
    }
    let system = try bench.system(journal: which.end == .memory ? .memory : nil) { configuration in
      configuration.metricsFactory = metrics
      // On a busy machine a span can be open for 10 minutes; its report is delivered, but the span is not sent yet.
      configuration.export.openSpans = .unreported
      configuration.journal.bytes = which.end == .fullJournal ? 1 << 20 : 4 << 20
      switch which.mode {
      case .all: break
      case .ratio: configuration.sampling.sampler = try? TraceIDRatioSampler(ratio: 0.5)
      case .keepRules:
        configuration.sampling.sampler = NeverSampler()
        configuration.sampling.keep.failed = true
      case .hook: configuration.spans.hooks = [SpanHook { $0.name.hasSuffix("7") ? .drop : .keep }]
      case .never: configuration.sampling.sampler = NeverSampler()
      }
    }
    let roots = which.end == .fullJournal ? 1500 : 200
    for number in 0..<roots {
      system.tracer.withSpan("root \(number)") { span in
        system.tracer.withSpan("child \(number)") { _ in }
        if number % 10 == 3 { span.setStatus(SpanStatus(code: .error)) }
      }
    }
    let open = system.tracer.startSpan("open")
    // It waits for a decision at the end of its root, which never comes.
    system.tracer.startSpan("undecided", context: open.context).end()
    let started = 2 * roots + 2
    if which.end == .directoryRemoved { try FileManager.default.removeItem(atPath: bench.directory) }
    let timeout: Duration = which.end == .clean || which.end == .memory ? .seconds(20) : .milliseconds(800)
    let report = await system.shutdown(timeout: timeout)
    let spans = report.spans

    #expect(spans.started == started)
    #expect(spans.isBalanced, "\(spans)")
    #expect(report.openSpans == spans.open && report.undeliveredSpans == spans.held)
    #expect(report.keepsUndelivered == (which.end != .directoryRemoved && which.end != .memory))
    try expectTerms(of: which, spans, roots: roots)
    let delivered = bench.delivered.compactMap { $0["id"] as? String }
    if which.end == .clean || which.end == .memory { #expect(Set(delivered).count == spans.sent) }

    let line = try #require(bench.line("spoor_shut_down"))
    #expect(line["spans_started"] as? Int == spans.started && line["spans_sent"] as? Int == spans.sent)
    #expect(line["spans_held"] as? Int == spans.held && line["spans_open"] as? Int == spans.open)
    #expect(line["spans_kept_back"] as? Int == spans.keptBack && line["spans_adopted"] as? Int == spans.adopted)
    #expect(line["spans_sampled_out"] as? Int == spans.sampledOut)
    #expect(line["spans_dropped"] as? Int == spans.dropped.values.reduce(0, +))
    #expect(line["kept"] as? Bool == report.keepsUndelivered)
    #expect((bench.line("spans_open_at_shutdown") != nil) == (spans.open > 0))

    #expect(try total(metrics, "spoor.spans.started") == spans.started)
    #expect(try total(metrics, "spoor.spans.sent") == spans.sent)
    #expect(try total(metrics, "spoor.spans.sampled_out") == spans.sampledOut)
    for reason in SpoorSystem.SpanAccount.DropReason.allCases {
      #expect(try total(metrics, "spoor.spans.dropped", [("reason", reason.rawValue)]) == spans.dropped[reason] ?? 0)
    }
    #expect(try metrics.expectMeter("spoor.spans.held").lastValue == Double(spans.held))
    #expect(try metrics.expectMeter("spoor.spans.open").lastValue == Double(spans.open))
    #expect(try metrics.expectMeter("spoor.spans.kept_back").lastValue == Double(spans.keptBack))
    open.end()
  }

  /// Checks the single terms, as far as they are certain.
  private func expectTerms(of which: Case, _ spans: SpoorSystem.SpanAccount, roots: Int) throws {
    switch which.mode {
    case .never: #expect(spans.sampledOut == spans.started)
    case .ratio: #expect(spans.sampledOut > 0)
    case .hook:
      if which.end != .fullJournal { #expect(spans.dropped[.hook] == roots / 5) }
    case .keepRules:
      if which.end != .fullJournal {
        #expect(spans.keptBack == 1 && spans.open == 1)
        #expect(spans.sampledOut == roots / 10 * 9 * 2)
      }
    case .all: #expect(spans.sampledOut == 0)
    }
    guard which.mode == .all else { return }
    switch which.end {
    case .clean, .memory: #expect(spans.sent == 2 * roots + 1 && spans.open == 1 && spans.dropped.isEmpty)
    case .deadCollector, .directoryRemoved: #expect(spans.held == 2 * roots + 1 && spans.sent == 0)
    case .refusingCollector:
      // If a collector refuses everything, no span is at fault, and nothing is dropped.
      #expect(spans.sent == 0 && spans.held == 2 * roots + 1)
    case .fullJournal: #expect((spans.dropped[.journalFull] ?? 0) > 0 && spans.held > 1000)
    }
  }

  private func total(_ metrics: TestMetrics, _ label: String, _ dimensions: [(String, String)] = []) throws -> Int {
    Int(try metrics.expectCounter(label, dimensions).values.reduce(0, +))
  }

  @Test func whatTheNextStartTakesOverIsInItsAccount() async throws {
    let refusing = try SystemBench { _ in .answer(503) }
    let first = try refusing.system(journal: nil)
    for number in 0..<30 { first.tracer.withSpan("left \(number)") { _ in } }
    let open = first.tracer.startSpan("open")
    let before = await first.shutdown(timeout: .seconds(1)).spans
    #expect(before.held == 30 && before.open == 1 && before.isBalanced)
    withExtendedLifetime(open) {}
    first.journal.releaseFileForTesting()
    let bench = try SystemBench()
    let second = try bench.system(journal: .directory(refusing.directory))
    second.tracer.withSpan("own") { _ in }
    let after = await second.shutdown(timeout: .seconds(20)).spans
    #expect(after.adopted == before.held + before.open && after.started == 1)
    #expect(after.sent == 32 && after.isBalanced)
    #expect(Set(bench.delivered.compactMap { $0["id"] as? String }).count == 32)
    let record = try #require(bench.line("spans_taken_over"), "the first one had ended by itself")
    #expect(record["finished_spans"] as? Int == 30 && record["interrupted_spans"] as? Int == 1)
    #expect(bench.line("process_interrupted") == nil)
  }

  @Test(arguments: [true, false]) func spansAfterTheShutdownAreCountedLoggedAndKeptWhereThereIsAFile(isFile: Bool)
    throws
  {
    let bench = try EndingBench()
    let environment = isFile ? [:] : ["SPOOR_JOURNAL_DIR": "off"]
    try bench.run("late", count: 10, environment: environment)
    let record = try #require(try bench.records("spans_after_shutdown").last)
    #expect(record["total"] as? Int == 11 && record["kept"] as? Bool == isFile)
    #expect((record["hint"] as? String)?.contains("list SpoorSystem first") == true)
    try bench.run("ship")
    let names = Set(bench.spans.compactMap { $0["name"] as? String })
    #expect(names.count == (isFile ? 21 : 10), "\(names.sorted())")
    #expect(try bench.records("process_interrupted").isEmpty, "it ended by itself")
  }

  @Test func aShutdownWithOpenSpansNamesTheOrderOfServices() throws {
    let bench = try EndingBench()
    try bench.run("open")
    let record = try #require(try bench.records("spans_open_at_shutdown").first)
    #expect(record["count"] as? Int == 1 && record["kept"] as? Bool == true)
    #expect((record["hint"] as? String)?.contains("list SpoorSystem first in the service group") == true)
    #expect(bench.report["isBalanced"] as? Bool == true && bench.report["open"] as? Int == 1)
  }

  /// If everything is in a file, the shutdown does not wait for a collector that is down.
  @Test(arguments: ["connection refused", "Retry-After: 7", "503"])
  func aDeadCollectorIsTriedOnceIfThereIsAFile(collector: String) async throws {
    let bench = try SystemBench { _ in
      collector == "503" ? .answer(503) : .answer(503, headers: ["Retry-After: 7"])
    }
    let metrics = TestMetrics()
    let system = try bench.system(journal: nil) { configuration in
      configuration.metricsFactory = metrics
      configuration.export.batchAge = .seconds(3600)  // No attempt before the shutdown.
      if collector == "connection refused" { configuration.export.endpoints = ["http://127.0.0.1:9/api/v2/spans"] }
    }
    for number in 0..<20 { system.tracer.withSpan("span \(number)") { _ in } }
    // A shutdown that waited for the collector would not return while this test runs.
    let report = await system.shutdown(timeout: .seconds(86_400))
    #expect(try metrics.expectTimer("spoor.send.duration").values.count == 1)
    #expect(try total(metrics, "spoor.send.retries") == 1)
    #expect(report.spans.held == 20 && report.keepsUndelivered && report.wroteAllLines)
  }

  /// Without exported spans the journal is still used for lines and crashes.
  @Test(arguments: ["OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true"])
  func withoutExportedSpansLinesAreReplayedAndCrashesReported(variable: String) throws {
    let parts = variable.split(separator: "=").map(String.init)
    let bench = try EndingBench()
    let stuck = try StuckOutput(.fullDevice)
    try bench.run("kill", count: 40, environment: [parts[0]: parts[1]], output: stuck.writing)
    #expect(bench.files().names.count == 1)
    try bench.run("ship", environment: [parts[0]: parts[1]])
    #expect(try bench.numbers() == Array(0..<40))
    #expect(bench.files().names.isEmpty)
    let crashing = try EndingBench()
    try crashing.run("trap", count: 1, environment: [parts[0]: parts[1]])
    try crashing.run("ship", environment: [parts[0]: parts[1]])
    #expect(try crashing.records("process_crashed").count == 1)
  }

  /// Spans of a run that exported spans stay for the next run that exports.
  @Test func spansWaitInTheirFileWhileNoneAreExported() throws {
    let bench = try EndingBench()
    try bench.run("crash", environment: ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/api/v2/spans"])
    for _ in 0..<2 { try bench.run("ship", environment: ["OTEL_TRACES_EXPORTER": "none"]) }
    #expect(try bench.records("calling").count == 1, "its lines are written once")
    #expect(bench.spans.isEmpty && !bench.files().names.isEmpty)
    try bench.run("ship")
    #expect(Set(bench.spans.compactMap { $0["name"] as? String }) == ["ended", "open"])
    #expect(try bench.records("process_interrupted").count == 1)
    #expect(bench.files().names.isEmpty)
  }
}
