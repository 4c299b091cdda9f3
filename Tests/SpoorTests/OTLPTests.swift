// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorExport
import SpoorLogging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Spans and log records on their way to a receiver of OTLP.
@Suite struct OTLPTests {
  /// A system that exports to a receiver only, unless `change` adds another exporter.
  private func system(
    _ bench: SystemBench, _ receiver: OTLPReceiver, journal: SpoorConfiguration.Journal.Location? = .memory,
    _ change: (inout SpoorConfiguration) -> Void = { _ in }
  ) throws -> SpoorSystem {
    try bench.system(journal: journal) { configuration in
      configuration.export.exporters = [.otlp]
      configuration.logging.exporters = [.console, .otlp]
      configuration.export.otlp.endpoint = receiver.url
      configuration.export.otlp.both.encoding = .json
      configuration.export.otlp.both.compression = .never
      change(&configuration)
    }
  }

  @Test func aSpanAndItsRecordsArriveWithTheSameIdsUnderOneResource() async throws {
    let (bench, receiver) = (try SystemBench(), try OTLPReceiver())
    let system = try system(bench, receiver)
    let log = system.logger(label: "orders")
    system.tracer.withSpan("place order", ofKind: .server) { span in
      span.attributes["items"] = 3
      log.info("order_placed", metadata: ["items": "3", "lines": ["a", "b"], "nested": ["deep": ["x": "y"]]])
      log.error("a sentence, not a name")
    }
    system.eventLog(label: "typed").info("counted") { fields in
      fields.add("number", 7)
      fields.add("ratio", 0.5)
      fields.add("ok", true)
    }
    let report = await system.shutdown(timeout: .seconds(20))
    #expect(report.wroteAllLines && report.spans.sent == 1 && report.spans.isBalanced)
    let span = try #require(receiver.spans.first)
    #expect(receiver.spans.count == 1 && span.scope == "spoor")
    #expect(span.resource["service.name"] as? String == "test-service")
    #expect(span.attributes["items"] as? String == "3")
    let placed = try #require(receiver.logs.first { $0.body == "order_placed" })
    #expect(placed.scope == "orders" && placed.resource["service.name"] as? String == "test-service")
    #expect(placed.resource["service.instance.id"] as? String == span.resource["service.instance.id"] as? String)
    #expect(placed.fields["traceId"] as? String == span.fields["traceId"] as? String)
    #expect(
      placed.fields["spanId"] as? String == span.fields["spanId"] as? String && placed.fields["flags"] as? Int == 1)
    #expect(placed.fields["eventName"] as? String == "order_placed")
    #expect(placed.fields["severityNumber"] as? Int == 9 && placed.fields["severityText"] as? String == "info")
    let nested = placed.attributes["nested"] as? [String: Any]
    #expect((nested?["values"] as? [[String: Any]])?.first?["key"] as? String == "deep")
    #expect(((placed.attributes["lines"] as? [String: Any])?["values"] as? [Any])?.count == 2)
    let sentence = try #require(receiver.logs.first { $0.body == "a sentence, not a name" })
    #expect(sentence.fields["eventName"] == nil && sentence.fields["severityNumber"] as? Int == 17)
    let typed = try #require(receiver.logs.first { $0.body == "counted" })
    #expect(typed.attributes["number"] as? String == "7" && typed.attributes["ratio"] as? Double == 0.5)
    #expect(typed.attributes["ok"] as? Bool == true && typed.scope == "typed" && typed.fields["traceId"] == nil)
    // The console has the same records.
    let written = Set(bench.lines.compactMap { $0["event"] as? String })
    #expect(written.isSuperset(of: ["order_placed", "counted", "spoor_shut_down"]))
    #expect(receiver.logs.contains { $0.body == "spoor_shut_down" && $0.scope == "spoor" })
    #expect(bench.server.requests.isEmpty, "nothing goes to Zipkin")
  }

  @Test func anErrorHasOpenTelemetrysNames() async throws {
    struct Timeout: Error {}
    let (bench, receiver) = (try SystemBench(), try OTLPReceiver())
    let system = try system(bench, receiver)
    system.logger(label: "orders").error("payment_failed", error: Timeout())
    _ = await system.shutdown(timeout: .seconds(20))
    let record = try #require(receiver.logs.first { $0.body == "payment_failed" })
    #expect((record.attributes["exception.type"] as? String)?.contains("Timeout") == true)
    #expect(record.attributes["error.type"] == nil)
    let stack = try #require(record.attributes["exception.stacktrace"] as? String)
    #expect(stack.contains("OTLPTests"), "\(stack)")
  }

  @Test(arguments: LogPreset.allCases) func everyPresetIsExportedWithTheSameMeaning(preset: LogPreset) async throws {
    let (bench, receiver) = (try SystemBench(), try OTLPReceiver())
    let system = try system(bench, receiver) { $0.logging.preset = preset }
    system.tracer.withSpan("s") { _ in system.logger(label: "orders").warning("slow", metadata: ["ms": "3"]) }
    _ = await system.shutdown(timeout: .seconds(20))
    let (record, span) = (try #require(receiver.logs.first { $0.body == "slow" }), try #require(receiver.spans.first))
    #expect(record.scope == "orders" && record.fields["severityNumber"] as? Int == 13)
    #expect(record.fields["traceId"] as? String == span.fields["traceId"] as? String)
    #expect(record.fields["spanId"] as? String == span.fields["spanId"] as? String)
    #expect(Set(record.attributes.keys) == ["ms"], "\(record.attributes)")
    let time = try #require((record.fields["timeUnixNano"] as? String).flatMap(UInt64.init))
    #expect(Date.now.timeIntervalSince1970 - Double(time) / 1e9 < 300)
  }

  @Test func zipkinAndOTLPGetTheSameSpans() async throws {
    let (bench, receiver) = (try SystemBench(), try OTLPReceiver())
    let system = try system(bench, receiver) { $0.export.exporters = [.zipkin, .otlp] }
    for number in 0..<500 { system.tracer.withSpan("span \(number)") { _ in } }
    let report = await system.shutdown(timeout: .seconds(20))
    #expect(report.spans.sent == 500 && report.spans.isBalanced, "\(report.spans)")
    #expect(bench.names().count == 500)
    #expect(Set(receiver.spans.compactMap { $0.fields["name"] as? String }) == bench.names())
    #expect(
      Set(receiver.spans.compactMap { $0.fields["spanId"] as? String })
        == Set(bench.delivered.compactMap { $0["id"] as? String }))
  }

  /// The one that works gets everything, while the journal is far too small for what the other one has not got.
  @Test func anExporterThatIsDownDoesNotHoldUpTheOther() async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { _, _ in .answer(503) }
    let system = try system(bench, receiver) { configuration in
      configuration.export.exporters = [.zipkin, .otlp]
      configuration.logging.exporters = [.console]
      configuration.journal.bytes = 1 << 20
    }
    let count = 6000
    for number in 0..<count {
      system.tracer.withSpan("span \(number)") { _ in }
      if number % 100 == 99 { try await Task.sleep(for: .milliseconds(20)) }
    }
    let report = await system.shutdown(timeout: .seconds(5))
    #expect(report.spans.isBalanced, "\(report.spans)")
    let full = report.spans.dropped[.journalFull] ?? 0
    #expect(bench.names().count == count - full, "\(report.spans)")
    #expect(full < count / 4 && (report.spans.dropped[.exporterBehind] ?? 0) > count / 4, "\(report.spans)")
    #expect(receiver.spans.isEmpty && report.lastFailure?.contains("503") == true)
    #expect(bench.line("spans_not_delivered")?["exporter"] as? String == "otlp")
  }

  // MARK: Answers

  @Test(arguments: [
    ("{}", "application/json"), (#"{"partialSuccess":null}"#, "application/json; charset=utf-8"), ("", "text/plain"),
    (#"{"partialSuccess":{}}"#, "application/json"), ("not json at all", "application/json"),
  ])
  func aSuccessIsASuccess(body: String, type: String) async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { _, _ in
      .answer(body.isEmpty ? 204 : 200, headers: ["Content-Type: \(type)"], body: body)
    }
    let system = try system(bench, receiver)
    for _ in 0..<10 { system.tracer.withSpan("s") { _ in } }
    let report = await system.shutdown(timeout: .seconds(20))
    #expect(report.spans.sent == 10 && report.wroteAllLines && report.lastFailure == nil)
    #expect(bench.line("span_rejected") == nil && bench.line("collector_warned") == nil)
  }

  @Test(arguments: ["3", #""3""#]) func whatIsRejectedInASuccessIsDroppedAndNotSentAgain(number: String) async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { signal, _ in
      signal == .logs
        ? nil
        : .answer(200, body: #"{"partialSuccess":{"rejectedSpans":\#(number),"errorMessage":"too old"}}"#)
    }
    let system = try system(bench, receiver) { $0.export.batchAge = .seconds(30) }
    for _ in 0..<10 { system.tracer.withSpan("s") { _ in } }
    let report = await system.shutdown(timeout: .seconds(20))
    #expect(report.spans.sent == 7 && report.spans.dropped == [.rejected: 3] && report.spans.isBalanced)
    #expect(receiver.spans.count == 10, "nothing is sent twice")
    let line = try #require(bench.line("span_rejected"))
    #expect(line["count"] as? Int == 3 && line["reason"] as? String == "too old")
  }

  @Test func aWarningIsLogged() async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { signal, _ in
      signal == .logs ? nil : .answer(200, body: #"{"partialSuccess":{"errorMessage":"deprecated field"}}"#)
    }
    let system = try system(bench, receiver)
    system.tracer.withSpan("s") { _ in }
    let report = await system.shutdown(timeout: .seconds(20))
    #expect(report.spans.sent == 1)
    #expect(bench.line("collector_warned")?["reason"] as? String == "deprecated field")
  }

  /// 429, 502, 503 and 504, and a broken connection: sent again until they are accepted.
  @Test(arguments: [429, 502, 503, 504, 0]) func anAnswerThatIsTemporaryIsRetried(status: Int) async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { _, number in
      guard number < 4 else { return nil }
      return status == 0 ? .close : .answer(status, headers: ["Retry-After: 1"], body: #"{"message":"later"}"#)
    }
    let system = try system(bench, receiver)
    for _ in 0..<20 { system.tracer.withSpan("s") { _ in } }
    system.logger(label: "orders").info("placed")
    let report = await system.shutdown(timeout: .seconds(60))
    #expect(report.spans.sent == 20 && report.wroteAllLines, "\(report)")
    #expect(receiver.spans.count == 20 && receiver.logs.count { $0.body == "placed" } == 1)
  }

  /// The bad record alone is refused: 400 with OTLP's `Status`.
  @Test func aBodyThatIsRefusedForOneRecordCostsOnlyThatRecord() async throws {
    let bench = try SystemBench()
    let accepted = try OTLPReceiver()
    let refusing = try SocketServer { request in
      if request.text.contains("poison") {
        return .answer(400, headers: ["Content-Type: application/json"], body: #"{"code":3,"message":"bad name"}"#)
      }
      return .answer(200, body: "{}")
    }
    let system = try system(bench, accepted) {
      $0.export.otlp.endpoint = "http://127.0.0.1:\(refusing.port)/base/"
    }
    for number in 0..<50 { system.tracer.withSpan(number == 17 ? "poison" : "span \(number)") { _ in } }
    let log = system.logger(label: "orders")
    for number in 0..<50 { log.info(number == 17 ? "poison" : "line", metadata: ["n": "\(number)"]) }
    let report = await system.shutdown(timeout: .seconds(60))
    #expect(report.spans.sent == 49 && report.spans.dropped == [.rejected: 1] && report.wroteAllLines, "\(report)")
    #expect(Set(refusing.requests.compactMap { $0.head.components(separatedBy: "\r\n").first }).count == 2)
    #expect(refusing.requests.allSatisfy { $0.head.contains("POST /base/v1/") })
    #expect((bench.line("span_rejected")?["reason"] as? String)?.hasSuffix("answered 400: bad name") == true)
    #expect((bench.line("log_record_rejected")?["reason"] as? String)?.hasSuffix("answered 400: bad name") == true)
  }

  // MARK: Crashes

  /// What a killed process had not sent comes under its own resource at the next start, once on the console.
  @Test func whatAKilledProcessLeftIsSentUnderItsResource() throws {
    let isDown = Locked(true)
    let receiver = try OTLPReceiver { _, _ in isDown.withLock { $0 } ? .answer(503) : nil }
    let bench = try EndingBench()
    try bench.run("kill", count: 200, environment: receiver.environment())
    try bench.run("crash", environment: receiver.environment())
    #expect(receiver.logs.isEmpty && receiver.spans.isEmpty)
    isDown.withLock { $0 = false }
    try bench.run("ship", environment: receiver.environment())
    let lines = receiver.logs.filter { $0.body == "line" }
    #expect(lines.compactMap { ($0.attributes["number"] as? String).flatMap(Int.init) }.sorted() == Array(0..<200))
    let instances = Set(lines.compactMap { $0.resource["service.instance.id"] as? String })
    let shipped = receiver.logs.first { $0.body == "process_interrupted" }
    #expect(instances.count == 1 && shipped != nil)
    #expect(shipped?.resource["service.instance.id"] as? String != instances.first)
    let spans = Dictionary(grouping: receiver.spans) { $0.fields["name"] as? String ?? "" }
    let (ended, open) = (try #require(spans["ended"]?.first), try #require(spans["open"]?.first))
    #expect(ended.resource["service.instance.id"] as? String == open.resource["service.instance.id"] as? String)
    #expect(open.attributes["spoor.interrupted"] as? Bool == true)
    let calling = try #require(receiver.logs.first { $0.body == "calling" })
    #expect(calling.resource["service.instance.id"] as? String == ended.resource["service.instance.id"] as? String)
    #expect(try bench.numbers().sorted() == Array(0..<200), "the console has each line once")
    #expect(bench.files().names.isEmpty)
  }

  /// The console is stuck and the receiver works: each has its own progress, across a crash.
  @Test func theConsoleAndTheReceiverHaveTheirOwnProgress() throws {
    let receiver = try OTLPReceiver()
    let bench = try EndingBench()
    let stuck = try StuckOutput(.fullDevice)
    try bench.run("kill", count: 40, environment: receiver.environment(), output: stuck.writing)
    try bench.run("ship", environment: receiver.environment())
    #expect(try bench.numbers() == Array(0..<40))
    let numbers = receiver.logs.filter { $0.body == "line" }
      .compactMap { ($0.attributes["number"] as? String).flatMap(Int.init) }
    #expect(Set(numbers) == Set(0..<40))
    #expect(bench.files().names.isEmpty)
  }

  /// A receiver that takes nothing costs the console nothing: the oldest records are given up for it.
  @Test func aReceiverThatIsDownDoesNotHoldUpTheConsole() async throws {
    let bench = try SystemBench()
    let receiver = try OTLPReceiver { _, _ in .answer(503) }
    let system = try system(bench, receiver) { $0.journal.bytes = 1 << 20 }
    let log = system.logger(label: "orders")
    log.info("first")
    // Once a request was refused, room is made as soon as it is needed.
    try await eventually("sent twice") { receiver.server.requests.count > 1 }
    let text = String(repeating: "x", count: 1000)
    for number in 0..<3000 {
      log.info("line", metadata: ["number": "\(number)", "text": "\(text)"])
      guard number % 50 == 49 else { continue }
      try await eventually("line \(number) is written") { bench.hasWritten("\"number\":\"\(number)\"") }
    }
    let report = await system.shutdown(timeout: .seconds(5))
    #expect(!report.wroteAllLines)
    let numbers = bench.lines.compactMap { ($0["number"] as? String).flatMap(Int.init) }
    let dropped = bench.lines.filter { $0["event"] as? String == "log_lines_dropped" }
    #expect(numbers.count == 3000)
    #expect(!dropped.isEmpty, "\(dropped)")
  }

  @Test func aSpanThatIsOpenForLongIsALogRecord() async throws {
    let (bench, receiver) = (try SystemBench(), try OTLPReceiver())
    let system = try system(bench, receiver) { $0.export.openSpans = .reported(after: .milliseconds(20)) }
    let span = system.tracer.startSpan("slow")
    try await eventually("reported") { receiver.logs.contains { $0.body == "span_open_for_long" } }
    span.end()
    _ = await system.shutdown(timeout: .seconds(20))
    let record = try #require(receiver.logs.first { $0.body == "span_open_for_long" })
    #expect(receiver.spans.count == 1 && record.attributes["span.name"] as? String == "slow")
    #expect(record.fields["spanId"] as? String == receiver.spans.first?.fields["spanId"] as? String)
  }

  // MARK: Settings

  @Test func settingsComeFromTheEnvironment() throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(),
      environment: [
        "OTEL_TRACES_EXPORTER": "zipkin, otlp", "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp.example.org:4318/in?tenant=a",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://logs.example.org",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b,x=1", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "x=2",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_TIMEOUT": "2000",
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "500", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION": "none",
      ])
    #expect(resolved.spanExporters == [.zipkin, .otlp] && resolved.logs.isExported && resolved.complaints.isEmpty)
    #expect(resolved.logs.destinations.isEmpty)
    let (traces, logs) = (resolved.otlp.traces, resolved.otlp.logs)
    #expect(traces.curl.endpoints.map(\.description) == ["https://otlp.example.org:4318/in/v1/traces?…"])
    #expect(logs.curl.endpoints.map(\.description) == ["http://logs.example.org/"])
    #expect(traces.encoding == .json && logs.encoding == .protobuf)
    #expect(traces.curl.headers.map { "\($0.name)=\($0.value)" } == ["api-key=a b", "x=1"])
    #expect(logs.curl.headers.map { "\($0.name)=\($0.value)" } == ["api-key=a b", "x=2"])
    #expect(traces.curl.timeout == .seconds(2) && logs.curl.timeout == .milliseconds(500))
    #expect(traces.curl.compression == .always && logs.curl.compression == .never)
  }

  @Test func grpcIsRefusedWithWhatThereIs() throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"])
    let complaint = try #require(resolved.complaints.first)
    #expect(complaint.setting == "OTEL_EXPORTER_OTLP_PROTOCOL" && complaint.value == "grpc")
    #expect(complaint.expected == "one of http/protobuf, http/json" && resolved.otlp.traces.encoding == .protobuf)
  }

  @Test func textForPeopleCannotBeExported() throws {
    var configuration = SpoorConfiguration()
    configuration.logging.exporters = [.console, .otlp]
    let error = #expect(throws: ConfigurationError.self) {
      try ResolvedConfiguration(configuration, environment: ["SPOOR_LOG_FORMAT": "console"])
    }
    #expect(error?.setting == "SPOOR_LOG_FORMAT" && error?.expected.contains("OTLP") == true)
  }
}
