// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorLogging

/// The names of other backends; ``LogPreset`` has their sources.
@Suite struct LogPresetTests {
  private let trace = LogTrace(
    traceIDHigh: 0x463a_c35c_9f64_13ad, traceIDLow: 0x4848_5a39_53bb_6124, spanID: 0xa2fb_4a1d_1a96_d312,
    isSampled: true)

  private func settings(_ preset: LogPreset, _ change: (inout LogSettings) -> Void = { _ in }) -> LogSettings {
    var settings = LogSettings(service: "order-service")
    settings.preset = preset
    settings.serviceVersion = "1.2.3"
    change(&settings)
    return settings
  }

  @Test(arguments: [
    (
      LogPreset.ecs,
      """
      {"@timestamp":"2023-11-07T14:23:01.234Z","log.level":"warning","message":"placed","ecs.version":"8.11.0",\
      "service.name":"order-service","service.version":"1.2.3","trace.id":"463ac35c9f6413ad48485a3953bb6124",\
      "span.id":"a2fb4a1d1a96d312","log.logger":"orders","items":2}
      """
    ),
    (
      .googleCloud,
      """
      {"time":"2023-11-07T14:23:01.234Z","severity":"WARNING","message":"placed",\
      "serviceContext":{"service":"order-service","version":"1.2.3"},\
      "logging.googleapis.com/trace":"projects/shop-1/traces/463ac35c9f6413ad48485a3953bb6124",\
      "logging.googleapis.com/spanId":"a2fb4a1d1a96d312","logging.googleapis.com/trace_sampled":true,\
      "logger":"orders","items":2}
      """
    ),
    (
      .datadog,
      """
      {"timestamp":"2023-11-07T14:23:01.234Z","status":"warning","message":"placed","service":"order-service",\
      "dd.service":"order-service","dd.version":"1.2.3","dd.trace_id":"463ac35c9f6413ad48485a3953bb6124",\
      "dd.span_id":"11744061942159299346","logger.name":"orders","items":2}
      """
    ),
  ])
  func aRecordHasTheNamesOfItsPreset(preset: LogPreset, expected: String) throws {
    let settings = settings(preset) { $0.googleCloudProject = "shop-1" }
    #expect(
      try encoded("placed", fields: ["items": .stringConvertible(2)], trace: trace, settings: settings) == expected)
  }

  @Test func withoutAProjectGooglesTraceIsTheIdAlone() throws {
    var short = trace
    short.traceIDHigh = 0
    let record = try DecodedJSON.object(encoded(trace: short, settings: settings(.googleCloud)))
    #expect(record["logging.googleapis.com/trace"] as? String == "000000000000000048485a3953bb6124")
  }

  @Test func datadogWritesAnIdOf64BitsInDecimal() throws {
    var short = trace
    short.traceIDHigh = 0
    let record = try DecodedJSON.object(encoded(trace: short, settings: settings(.datadog)))
    #expect(record["dd.trace_id"] as? String == "5208512171318403364")
  }

  @Test(arguments: LogPreset.allCases)
  func outsideASpanThereAreNoIds(preset: LogPreset) throws {
    let record = try DecodedJSON.object(encoded(settings: settings(preset)))
    #expect(!record.keys.contains { $0.contains("trace") || $0.contains("span") })
  }

  @Test(arguments: [
    (LogPreset.ecs, "error.type", "error.message", "error.stack_trace"),
    (.googleCloud, "error.type", "error.message", "stack_trace"),
    (.datadog, "error.kind", "error.message", "error.stack"),
  ])
  func anErrorHasTheNamesOfItsPreset(preset: LogPreset, type: String, message: String, stack: String) throws {
    var failure = FailureFields(type: "Oops", message: "it broke")
    failure.stackTrace = "a at a.swift:1"
    failure.isHandled = true
    let record = try DecodedJSON.object(encoded(failure: failure, settings: settings(preset)))
    #expect(record[type] as? String == "Oops" && record[message] as? String == "it broke")
    #expect(record[stack] as? String == "a at a.swift:1" && record["error.handled"] as? Bool == true)
  }

  @Test(arguments: [
    (LogPreset.spoor, "message", "message"), (.ecs, "message", "fields.message"),
    (.ecs, "log.level", "fields.log.level"), (.googleCloud, "severity", "fields.severity"),
    (.googleCloud, "time", "fields.time"), (.datadog, "status", "fields.status"), (.datadog, "time", "time"),
    (.datadog, "fields.status", "fields.fields.status"),
  ])
  func aCallersFieldGivesWayToTheNamesOfThePreset(preset: LogPreset, key: String, written: String) throws {
    let record = try DecodedJSON.object(encoded(fields: ["\(key)": "caller's"], settings: settings(preset)))
    #expect(record[written] as? String == "caller's")
  }

  @Test(arguments: [
    (Logger.Level.trace, "DEBUG"), (.debug, "DEBUG"), (.info, "INFO"), (.notice, "NOTICE"), (.warning, "WARNING"),
    (.error, "ERROR"), (.critical, "CRITICAL"),
  ])
  func googlesSeverities(level: Logger.Level, severity: String) throws {
    let bench = try PipeBench(settings: settings(.googleCloud))
    Logger(label: "x") { _ in SpoorLogHandler(label: "x", pipeline: bench.pipeline, level: .trace) }
      .log(level: level, "event")
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    #expect(try DecodedJSON.object(#require(bench.lines().first))["severity"] as? String == severity)
  }

  @Test(arguments: LogPreset.allCases)
  func aRecordOfAnyPresetStaysWithinItsLimitAndIsOneLine(preset: LogPreset) throws {
    let long = String(repeating: "x\n\"", count: 10_000)
    let settings = settings(preset) { $0.recordBytes = 2048 }
    // `encoded` checks the rest.
    #expect(
      try DecodedJSON.object(encoded(long, fields: ["a": "\(long)", "b": "\(long)"], trace: trace, settings: settings))
        .count > 4)
  }
}

/// For records that do not come through swift-log.
@Suite struct EventLogSettingsTests {
  @Test func anEventHasTheNamesOfThePresetToo() throws {
    var settings = LogSettings(service: "order-service")
    settings.preset = .ecs
    let bench = try PipeBench(settings: settings)
    EventLog(label: "orders", pipeline: bench.pipeline).info("placed") { $0.add("message", "caller's") }
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let record = try DecodedJSON.object(#require(bench.lines().first))
    #expect(record["message"] as? String == "placed" && record["fields.message"] as? String == "caller's")
    #expect(record["log.level"] as? String == "info" && record["log.logger"] as? String == "orders")
  }

  @Test func itsLevelIsTheLabelsAndFollowsChanges() throws {
    let bench = try PipeBench()
    let levels = LogLevels(standard: .error)
    let events = EventLog(label: "orders", levels: levels, pipeline: bench.pipeline)
    var own = events
    own.level = .critical
    events.info("before")
    levels.set(.debug, for: NamePattern("orders"))
    events.debug("after")
    own.error("own")
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    #expect(try bench.lines().map { try DecodedJSON.object($0)["event"] as? String } == ["after"])
  }

  @Test func eventsThatRepeatAreSampledToo() throws {
    var settings = LogSettings(service: "test")
    settings.sampling = LogSampling(first: 1, thereafter: 3, interval: .seconds(3600))
    let bench = try PipeBench(settings: settings)
    let events = EventLog(label: "orders", pipeline: bench.pipeline)
    for _ in 0..<4 { events.warning("slow") { $0.add("a", 1) } }
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let records = try bench.lines().map { try DecodedJSON.object($0) }
    #expect(records.map { $0["lines_suppressed"] as? Int } == [nil, 2] && records.last?["a"] as? Int == 1)
  }
}
