// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorLogging

/// The log configuration, as a service sees it.
@Suite struct LogConfigurationTests {
  private func lines(_ path: String) -> [[String: Any]] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
      try? DecodedJSON.object($0)
    }
  }

  @Test func linesGoToAllDestinationsUnderTheNamesOfThePreset() async throws {
    let bench = try SystemBench()
    let path = bench.output.path + ".file"
    let system = try bench.system {
      $0.logging.destinations?.append(.file(path: path))
      $0.logging.preset = .ecs
      $0.service.version = "1.2"
    }
    let logger = system.logger(label: "orders")
    system.tracer.withSpan("order") { _ in logger.info("placed") }
    _ = await system.shutdown()
    for found in [bench.lines, lines(path)] {
      let line = try #require(found.first { $0["message"] as? String == "placed" })
      #expect(line["service.name"] as? String == "test-service" && line["service.version"] as? String == "1.2")
      #expect((line["trace.id"] as? String)?.count == 32 && line["log.logger"] as? String == "orders")
    }
  }

  @Test func levelsAreByLabelAndCanBeChangedWhileTheServiceRuns() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.levels = ["http.*": .error, "http.client": .debug] }
    let (client, server, orders) = (
      system.logger(label: "http.client"), system.logger(label: "http.server"), system.logger(label: "orders")
    )
    #expect([client, server, orders].map(\.logLevel) == [.debug, .error, .info])
    system.setLogLevel(.trace, for: "http.*")
    #expect([client, server, orders].map(\.logLevel) == [.trace, .trace, .info])
    #expect(system.logLevel(for: "http.other") == .trace)
    system.setLogLevel(nil)
    #expect([client, server, orders].map(\.logLevel) == [.debug, .error, .info])
    _ = await system.shutdown()
  }

  @Test(.timeLimit(.minutes(1))) func theSignalMakesLoggersTalkAndAgainBeQuiet() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.levelSignal = .usr2 }
    let logger = system.logger(label: "orders")
    kill(getpid(), SIGUSR2)
    while logger.logLevel != .debug { try await Task.sleep(for: .milliseconds(5)) }
    logger.debug("now written")
    kill(getpid(), SIGUSR2)
    while logger.logLevel != .info { try await Task.sleep(for: .milliseconds(5)) }
    logger.debug("not written")
    _ = await system.shutdown()
    #expect(bench.lines.compactMap { $0["verbose"] as? Bool } == [true, false])
    #expect(bench.line("now written") != nil && bench.line("not written") == nil)
  }

  @Test func whatWasLeftOutOfRepeatedLinesIsSaidAtTheShutdownAtLatest() async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.logging.repeats.first = 1
      $0.logging.repeats.thereafter = 0
      $0.logging.repeats.interval = .seconds(600)
    }
    let logger = system.logger(label: "orders")
    for _ in 0..<10 { logger.info("again") }
    _ = await system.shutdown()
    #expect(bench.lines.count { $0["event"] as? String == "again" } == 1)
    #expect(bench.line("log_lines_suppressed")?["count"] as? Int == 9)
  }

  @Test func theEnvironmentSaysItAll() throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(),
      environment: [
        "SPOOR_LOG_LEVELS": "a=debug, http.*=warning,http.client=trace", "SPOOR_LOG_LEVEL_SIGNAL": "usr1",
        "SPOOR_LOG_PRESET": "gcp", "GOOGLE_CLOUD_PROJECT": "p", "SPOOR_LOG_SAMPLE_FIRST": "5",
        "SPOOR_LOG_SAMPLE_INTERVAL": "2000", "SPOOR_LOG_DESTINATIONS": "stderr,/var/log/x.log",
        "SPOOR_LOG_FILE_BYTES": "1000000", "SPOOR_LOG_FILES_KEPT": "2", "SPOOR_LOG_REOPEN_SIGNAL": "none",
      ])
    let logs = resolved.logs
    #expect(logs.levels.map(\.pattern.description) == ["http.client", "http.*", "a"])
    #expect(logs.levels.map(\.level) == [.trace, .warning, .debug])
    #expect(logs.levelSignal == SIGUSR1 && logs.reopenSignal == 0 && logs.preset == .googleCloud)
    #expect(logs.googleCloudProject == "p")
    #expect(logs.sampling == LogSampling(first: 5, thereafter: 100, interval: .seconds(2)))
    #expect(
      logs.destinations
        == [.standardError, .file(path: "/var/log/x.log", rotation: LogRotation(bytes: 1_000_000, keptFiles: 2))])
  }

  @Test func aFileThatCannotBeWrittenIsAnErrorAtBootstrap() throws {
    let bench = try SystemBench()
    let error = try #require(throws: SpoorError.self) {
      try bench.system { $0.logging.destinations = [.file(path: "/nowhere/a.log")] }
    }
    guard case .configuration(let setting) = error else { throw error }
    #expect(setting.setting == "logging.destinations" && setting.value == "/nowhere/a.log")
    #expect(throws: ConfigurationError.self) { try bench.system { $0.logging.destinations = [.file(path: "a.log")] } }
  }

  /// Lines once vanished without a word, or came twice.
  @Test(arguments: [
    [LogDestination.descriptor(2_000_000)], [.file(path: "/tmp")], [.standardError, .descriptor(2_000_001)],
  ])
  func aDestinationThatCannotBeWrittenIsAnErrorAtBootstrap(destinations: [LogDestination]) throws {
    let bench = try SystemBench()
    let error = try #require(throws: SpoorError.self) { try bench.system { $0.logging.destinations = destinations } }
    guard case .configuration(let setting) = error else { throw error }
    #expect(setting.setting == "logging.destinations" && setting.expected.contains("destinations that can be written"))
  }

  @Test func aDestinationThatIsGivenTwiceIsWrittenOnceAndLogged() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logging.destinations?.append(.file(path: bench.output.path)) }
    system.logger(label: "orders").info("placed")
    _ = await system.shutdown()
    #expect(bench.lines.count { $0["event"] as? String == "placed" } == 1)
    #expect(bench.line("log_destination_repeated")?["destination"] as? String == bench.output.path)
  }

  /// Standard error is the last place that can say that the log cannot be written.
  @Test func anOutputThatFailsIsToldOnStandardErrorOnce() throws {
    for (output, reason) in [(StuckOutput.Kind.fullDevice, "No space left on device"), (.pipe, "Broken pipe")] {
      let bench = try EndingBench()
      let stuck = try StuckOutput(output)
      try stuck.closeReader()
      try bench.run("spaced", count: 5, output: stuck.writing, errors: bench.errorFile())
      let told = try String(contentsOf: bench.errors, encoding: .utf8).split(separator: "\n")
      #expect(told.count { $0.hasPrefix("spoor: log lines cannot be written to stdout: \(reason)") } == 1, "\(told)")
    }
  }

  @Test func aStandardOutputThatIsClosedIsToldOnStandardErrorAtTheStart() throws {
    let bench = try EndingBench()
    let process = try bench.run(
      "spans", count: 3, errors: bench.errorFile(), shell: #"exec "$@" >&-"#)
    #expect(process.terminationStatus == 0)
    let told = try String(contentsOf: bench.errors, encoding: .utf8)
    #expect(told.contains("spoor: log destinations that cannot be written: stdout (Bad file descriptor)"), "\(told)")
    #expect(bench.spans.count == 3, "spans are still sent")
  }

  @Test func samplingInCodeBeyondItsLimitsIsAnError() {
    let changes: [(inout SpoorConfiguration.RepeatedRecords) -> Void] = [
      { $0.first = 0 }, { $0.thereafter = -1 }, { $0.interval = .zero }, { $0.first = 2_000_000 },
    ]
    for change in changes {
      var configuration = SpoorConfiguration()
      change(&configuration.logging.repeats)
      #expect(throws: ConfigurationError.self) { try ResolvedConfiguration(configuration, environment: [:]) }
    }
  }
}
