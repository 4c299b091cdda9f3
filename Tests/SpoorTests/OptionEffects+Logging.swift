// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MetricsTestKit
import SpoorBase
import SpoorLogging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Which records are written, and how they look.
enum RecordEffects {
  static let all: [OptionEffect] = [
    OptionEffect("logging.level") { way in
      for level in Logger.Level.allCases {
        let bench = try OptionBench(way)
        try await bench.run(["LOG_LEVEL": level.rawValue.uppercased()]) {
          $0.logging.level = level
        } work: { system in
          let logger = system.logger(label: "x")
          for other in Logger.Level.allCases { logger.log(level: other, "at_\(other)") }
        }
        let written = Logger.Level.allCases.filter { bench.line("at_\($0)") != nil }
        #expect(written == Logger.Level.allCases.filter { $0 >= level })
      }
    },
    OptionEffect("logging.levels") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_LOG_LEVELS": "a.* = Debug, a.bb=error"]) {
        $0.logging.levels = ["a.*": .debug, "a.bb": .error]
      } work: { system in
        for label in ["a.bb", "a.c", "d"] { system.logger(label: label).debug("of_\(label)") }
      }
      #expect(["a.bb", "a.c", "d"].filter { bench.line("of_\($0)") != nil } == ["a.c"])
    },
    OptionEffect("logging.levelSignal") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_LOG_LEVEL_SIGNAL": "USR1"]) {
        $0.logging.levelSignal = .usr1
      } work: { system in
        let logger = system.logger(label: "x")
        kill(getpid(), SIGUSR1)
        try await eventually("the signal lowers the level") { logger.logLevel == .debug }
        logger.debug("while lowered")
        kill(getpid(), SIGUSR1)
        try await eventually("the signal restores the level") { logger.logLevel == .info }
        logger.debug("afterwards")
      }
      #expect(bench.line("while lowered") != nil && bench.line("afterwards") == nil)
    },
    OptionEffect("logging.held.level") { way in
      for (text, level, isHeld) in [
        ("debug", .from(.debug), true), ("none", .off, false),
      ] as [(String, SpoorConfiguration.HeldLevel, Bool)] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_HELD_LEVEL": text]) {
          $0.logging.held.level = level
        } work: { system in
          system.tracer.withSpan("span") { span in
            system.logger(label: "x").debug("before")
            span.setStatus(SpanStatus(code: .error))
          }
        }
        #expect((bench.line("before") != nil) == isHeld)
      }
    },
    OptionEffect("logging.held.lines") { way in
      for limit in [1, 1000] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_HELD_LINES": "\(limit)"], others: ["SPOOR_LOG_HELD_LEVEL": "debug"]) {
          $0.logging.held.lines = limit
        } work: { system in
          system.tracer.withSpan("span") { span in
            for _ in 0..<60 { system.logger(label: "x").debug("held") }
            span.setStatus(SpanStatus(code: .error))
          }
        }
        #expect(bench.lines("held").count == min(limit, 60))
        #expect(bench.line("held_lines_dropped")?["count"] as? Int == (limit < 60 ? 60 - limit : nil))
      }
    },
    OptionEffect("logging.format") { way in
      for (text, format) in [("JSON", .json), ("console", .console), ("auto", .auto)]
        as [(String, SpoorConfiguration.Logging.Format)]
      {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_FORMAT": text]) {
          $0.logging.format = format
        } work: {
          $0.logger(label: "x").info("line")
        }
        #expect(bench.text.contains("line") && (bench.line("line") != nil) == (format != .console))
      }
    },
    OptionEffect("logging.preset") { way in
      for (preset, key) in [
        (.spoor, "timestamp"), (.ecs, "@timestamp"), (.googleCloud, "severity"), (.datadog, "status"),
      ] as [(LogPreset, String)] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_PRESET": preset.rawValue]) {
          $0.logging.preset = preset
        } work: {
          $0.logger(label: "x").info("line")
        }
        #expect(bench.lines.first?[key] != nil, "\(preset): \(bench.text)")
      }
    },
    OptionEffect("logging.googleCloudProject") { way in
      let bench = try OptionBench(way)
      try await bench.run(["GOOGLE_CLOUD_PROJECT": "shop"], others: ["SPOOR_LOG_PRESET": "gcp"]) {
        $0.logging.googleCloudProject = "shop"
      } work: { system in
        system.tracer.withSpan("span") { _ in system.logger(label: "x").info("line") }
      }
      #expect(bench.text.contains("\"projects/shop/traces/"))
    },
    OptionEffect("logging.timestampPrecision") { way in
      for (digits, precision) in [(3, .milliseconds), (6, .microseconds), (9, .nanoseconds)]
        as [(Int, SpoorConfiguration.Logging.TimestampPrecision)]
      {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_TIMESTAMP_DIGITS": "\(digits)"]) {
          $0.logging.timestampPrecision = precision
        } work: {
          $0.logger(label: "x").info("line")
        }
        let time = try #require(bench.line("line")?["timestamp"] as? String)
        #expect(time.count == "2023-11-07T14:23:01.Z".count + digits)
      }
    },
    OptionEffect("logging.repeats.first") { way in
      let others = ["SPOOR_LOG_SAMPLE_THEREAFTER": "0", "SPOOR_LOG_SAMPLE_INTERVAL": "3600000"]
      for limit in [1, 1_000_000] {
        let count = try await repeated(way, ["SPOOR_LOG_SAMPLE_FIRST": "\(limit)"], others) {
          $0.first = limit
        }
        #expect(count == min(limit, 50))
      }
    },
    OptionEffect("logging.repeats.thereafter") { way in
      let others = ["SPOOR_LOG_SAMPLE_FIRST": "1", "SPOOR_LOG_SAMPLE_INTERVAL": "3600000"]
      for (limit, expected) in [(0, 1), (1, 50), (7, 8), (1_000_000, 1)] {
        let count = try await repeated(way, ["SPOOR_LOG_SAMPLE_THEREAFTER": "\(limit)"], others) {
          $0.thereafter = limit
        }
        #expect(count == expected, "every \(limit)th")
      }
    },
    OptionEffect("logging.repeats.interval") { way in
      let others = ["SPOOR_LOG_SAMPLE_FIRST": "1", "SPOOR_LOG_SAMPLE_THEREAFTER": "0"]
      let short = try await repeated(way, ["SPOOR_LOG_SAMPLE_INTERVAL": "1"], others, pause: .milliseconds(3)) {
        $0.interval = .milliseconds(1)
      }
      let long = try await repeated(way, ["SPOOR_LOG_SAMPLE_INTERVAL": "3600000"], others, pause: .milliseconds(3)) {
        $0.interval = .seconds(3600)
      }
      #expect(short == 50 && long == 1)
    },
    OptionEffect("logging.recordBytes") { way in
      for limit in [1024, 131_072] {
        let bench = try OptionBench(way)
        try await bench.run(
          ["SPOOR_LOG_RECORD_BYTES": "\(limit)"], others: ["SPOOR_JOURNAL_BYTES": "16777216"]
        ) {
          $0.logging.recordBytes = limit
        } work: { system in
          let value = Logger.MetadataValue.string(String(repeating: "x", count: 1000))
          let fields = Dictionary(uniqueKeysWithValues: (0..<100).map { ("key\($0)", value) })
          system.logger(label: "x").info("line", metadata: fields)
        }
        let longest = bench.text.split(separator: "\n").map { $0.utf8.count + 1 }.max() ?? 0
        #expect(limit == 1024 ? longest <= 1024 : longest > 100_000, "\(longest)")
      }
    },
    OptionEffect("logging.recordsSource") { way in
      for isRecorded in [true, false] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_SOURCE": isRecorded ? "1" : "0"]) {
          $0.logging.recordsSource = isRecorded
        } work: {
          $0.logger(label: "x").info("line")
        }
        let file = bench.line("line")?["code.file.path"] as? String
        #expect(file?.hasSuffix("OptionEffects+Logging.swift") ?? false == isRecorded)
      }
    },
    OptionEffect("logging.isSensitive") { way in
      let bench = try OptionBench(way)
      try await bench.run([:]) {
        $0.logging.isSensitive = { $0[Sensitivity.self] == .harmless }
      } work: {
        $0.logger(label: "x").info("line", metadata: ["a": "\("5ecre7", sensitivity: .harmless)"])
      }
      #expect(bench.line("line") != nil && !bench.text.contains("5ecre7"))
    },
  ]

  /// How many of 50 equal lines are written.
  private static func repeated(
    _ way: Way, _ variables: [String: String], _ others: [String: String], pause: Duration = .zero,
    _ code: (inout SpoorConfiguration.RepeatedRecords) -> Void
  ) async throws -> Int {
    let bench = try OptionBench(way)
    try await bench.run(variables, others: others) {
      code(&$0.logging.repeats)
    } work: { system in
      let logger = system.logger(label: "x")
      for _ in 0..<50 {
        logger.info("again")
        if pause > .zero { try await Task.sleep(for: pause) }
      }
    }
    return bench.lines("again").count
  }
}

/// Where records go.
enum DestinationEffects {
  static let all: [OptionEffect] = [
    OptionEffect("logging.destinations") { way in
      let bench = try OptionBench(way)
      let paths = ["a", "b"].map { bench.folder.appending(path: $0).path }
      try await bench.run(["SPOOR_LOG_DESTINATIONS": "\(paths[0]),, \(paths[1]) "]) {
        $0.logging.destinations = paths.map { .file(path: $0) }
      } work: {
        $0.logger(label: "x").info("line")
      }
      for path in paths { #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\"line\"")) }
      #expect(bench.text.isEmpty)
    },
    OptionEffect("logging.rotation.bytes") { way in
      for (bytes, rotates) in [(1, true), (0, false), (1 << 50, false)] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_FILE_BYTES": "\(bytes)"]) {
          $0.logging.rotation.bytes = bytes
        } work: {
          try await writeSeparately(3, $0, bench)
        }
        #expect(FileManager.default.fileExists(atPath: bench.logFile + ".1") == rotates)
      }
    },
    OptionEffect("logging.rotation.keptFiles") { way in
      for kept in [0, 2, 1000] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_LOG_FILES_KEPT": "\(kept)"], others: ["SPOOR_LOG_FILE_BYTES": "1"]) {
          $0.logging.rotation.keptFiles = kept
        } work: {
          try await writeSeparately(6, $0, bench)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
        let rotated = names.count { $0.hasPrefix("log.") }
        #expect(kept < 1000 ? rotated == kept : rotated >= 5, "\(names)")
      }
    },
    OptionEffect("logging.reopenSignal") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_LOG_REOPEN_SIGNAL": "Usr1"]) {
        $0.logging.reopenSignal = .usr1
      } work: { system in
        system.logger(label: "x").info("before")
        try await eventually("the line is written") { bench.line("before") != nil }
        try FileManager.default.moveItem(atPath: bench.logFile, toPath: bench.logFile + ".old")
        kill(getpid(), SIGUSR1)
        try await eventually("the file is there again") { FileManager.default.fileExists(atPath: bench.logFile) }
      }
    },
    OptionEffect("logging.isSynchronous") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_LOG_SYNCHRONOUS": "1"]) {
        $0.logging.isSynchronous = true
      } work: { system in
        for number in 0..<20 {
          system.logger(label: "x").info("line \(number)")
          #expect(bench.line("line \(number)") != nil, "it is written when the call returns")
        }
      }
    },
    OptionEffect("logging.patience") { way in
      for (patience, isPatient) in [(0, false), (60_000, true)] {
        let bench = try OptionBench(way)
        let fifo = bench.folder.appending(path: "fifo").path
        try #require(unsafe mkfifo(fifo, 0o600) == 0)
        let reading = unsafe open(fifo, O_RDONLY | O_NONBLOCK)
        let system = try bench.system(
          ["SPOOR_LOG_PATIENCE": "\(patience)"],
          others: ["SPOOR_LOG_DESTINATIONS": fifo, "SPOOR_JOURNAL_BYTES": "1048576"]
        ) {
          $0.logging.patience = .milliseconds(patience)
        }
        let reader = FIFOReader(reading)
        if isPatient { reader.start(after: 0.3) }
        let text = String(repeating: "x", count: 1000)
        // More than the pipe and the ring hold.
        for _ in 0..<500 { system.logger(label: "x").info("line", metadata: ["text": "\(text)"]) }
        if !isPatient { reader.start(after: 0) }
        _ = await system.shutdown(timeout: .seconds(60))
        #expect((system.pipeline.droppedCount == 0) == isPatient)
        reader.stop()
      }
    },
    OptionEffect("metricsFactory") { way in
      let bench = try OptionBench(way)
      let metrics = TestMetrics()
      try await bench.run([:]) {
        $0.metricsFactory = metrics
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(try metrics.expectCounter("spoor.spans.sent").values.reduce(0, +) == 1)
    },
    OptionEffect("shutdownTimeout") { way in
      // The default is 5 s; the collector takes 6.
      for (limit, sent) in [(0, 0), (3_600_000, 1)] {
        let bench = try OptionBench(way) { _ in
          Thread.sleep(forTimeInterval: 6)
          return .answer(202)
        }
        let system = try bench.system(
          ["SPOOR_SHUTDOWN_TIMEOUT": "\(limit)"], others: ["OTEL_EXPORTER_ZIPKIN_TIMEOUT": "600000"]
        ) {
          $0.shutdownTimeout = .milliseconds(limit)
        }
        system.tracer.withSpan("span") { _ in }
        let report = await system.shutdown()
        #expect(report.spans.sent == sent && report.spans.held == 1 - sent)
      }
    },
    OptionEffect("exitTimeout") { way in
      let variable = way == .code ? "PROBE_EXIT_TIMEOUT" : "SPOOR_EXIT_TIMEOUT"
      for (limit, sent) in [("0", 0), ("30000", 1)] {
        let bench = try EndingBench()
        try bench.run("job", count: 1, environment: [variable: limit])
        #expect(bench.spans.count == sent && bench.files().names.count == 1 - sent)
      }
      // A collector that takes its time holds up the end no longer than that.
      let bench = try EndingBench { _ in .hang }
      let time = try ContinuousClock().measure { try bench.run("job", count: 1, environment: [variable: "300"]) }
      #expect((.milliseconds(300) ... .seconds(5)).contains(time))
    },
    OptionEffect("idleInterval") { way in
      // Without spans and lines the process wakes as often as it says, and for the next span and line at once.
      let variable = way == .code ? "PROBE_IDLE_INTERVAL" : "SPOOR_IDLE_INTERVAL"
      for (interval, perSecond, exporters) in [(nil, 1, "zipkin"), ("0", 0, "zipkin,otlp"), ("2000", 0.5, "zipkin")]
        as [(String?, Double, String)]
      {
        let bench = try EndingBench()
        let url = "http://127.0.0.1:\(bench.server.port)"
        var environment = [
          "OTEL_TRACES_EXPORTER": exporters, "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_LOGS_EXPORTER": "console,otlp",
        ]
        environment[variable] = interval
        let process = try bench.start("idle", environment: environment)
        defer { kill(process.processIdentifier, SIGKILL) }
        try await eventually("the span and the line after the silence are there") {
          bench.spans.contains { $0["name"] as? String == "second" }
            && (try? bench.records("second"))?.count == 1
            && bench.server.requests.contains { $0.head.contains(" /v1/logs ") && $0.text.contains("second") }
            && (exporters == "zipkin" || bench.server.requests.count { $0.head.contains(" /v1/traces ") } >= 2)
        }
        let wakeUps = try #require(bench.report["wake_ups"] as? Int)
        let seconds = Double(try #require(bench.report["ms"] as? Int)) / 1000
        #expect(Double(wakeUps) <= perSecond * seconds + (perSecond > 0 ? 1.5 : 0), "\(bench.report)")
        #expect(wakeUps > 0 || interval != nil, "\(bench.report)")
      }
    },
    OptionEffect("SPOOR_STRICT") { way in
      let unknown = ["SPOOR_JORNAL_DIR": "x"]
      #expect(throws: (any Error).self) {
        try OptionBench(way).system(["SPOOR_STRICT": "1"], others: unknown) { _ in }
      }
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_STRICT": "0"], others: unknown) { _ in
      } work: { _ in
      }
      let line = try #require(bench.line("setting_not_supported"))
      #expect((line["expected"] as? String)?.contains("SPOOR_JOURNAL_DIR") == true)
    },
    OptionEffect("environment") { way in
      let bench = try OptionBench(way)
      var configuration = SpoorConfiguration()
      configuration.environment = [
        "OTEL_SERVICE_NAME": "loaded", "OTEL_EXPORTER_ZIPKIN_ENDPOINT": bench.url, "SPOOR_JOURNAL_DIR": "off",
        "SPOOR_LOG_DESTINATIONS": bench.logFile,
      ]
      let resolved = try ResolvedConfiguration(configuration, environment: ["OTEL_SERVICE_NAME": "process"])
      let system = try SpoorSystem(resolved)
      #expect(system.service == "loaded")
      _ = await system.shutdown()
    },
  ]

  /// Writes lines in a batch each.
  private static func writeSeparately(_ count: Int, _ system: SpoorSystem, _ bench: OptionBench) async throws {
    for number in 0..<count {
      system.logger(label: "x").info("line \(number)")
      let written = system.pipeline.writer
      try await eventually("the line is written") { written.drain(nanoseconds: 1_000_000_000) }
    }
  }
}

/// Reads a FIFO to its end, on a thread of its own.
private final class FIFOReader: Sendable {
  private let descriptor: Int32
  private let isOver = Locked(false)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func start(after seconds: Double) {
    Thread.detachNewThread { [self] in
      Thread.sleep(forTimeInterval: seconds)
      var bytes = [UInt8](repeating: 0, count: 65_536)
      while !isOver.withLock({ $0 }) {
        if unsafe read(descriptor, &bytes, bytes.count) <= 0 { usleep(1000) }
      }
      close(descriptor)
    }
  }

  func stop() { isOver.withLock { $0 = true } }
}
