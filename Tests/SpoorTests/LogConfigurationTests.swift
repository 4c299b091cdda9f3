import Foundation
import Logging
import SpoorJournal
import Testing
import Tracing

@testable import Spoor
@testable import SpoorLogging

/// What the configuration says about logs, as a service has it.
@Suite struct LogConfigurationTests {
  private func lines(_ path: String) -> [[String: Any]] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }

  @Test func linesGoToAllDestinationsUnderTheNamesOfThePreset() async throws {
    let bench = try SystemBench()
    let path = bench.output.path + ".file"
    let system = try bench.system {
      $0.logDestinations = [.descriptor($0.logDescriptor), .file(path: path)]
      $0.logPreset = .ecs
      $0.version = "1.2"
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
    let system = try bench.system { $0.logLevels = ["http.*": .error, "http.client": .debug] }
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
    let system = try bench.system { $0.logLevelSignal = .usr2 }
    let logger = system.logger(label: "orders")
    kill(getpid(), SIGUSR2)
    while logger.logLevel != .debug { try await Task.sleep(for: .milliseconds(5)) }
    logger.debug("now heard")
    kill(getpid(), SIGUSR2)
    while logger.logLevel != .info { try await Task.sleep(for: .milliseconds(5)) }
    logger.debug("not heard")
    _ = await system.shutdown()
    #expect(bench.lines.compactMap { $0["verbose"] as? Bool } == [true, false])
    #expect(bench.line("now heard") != nil && bench.line("not heard") == nil)
  }

  @Test func whatWasLeftOutOfRepeatedLinesIsSaidAtTheShutdownAtLatest() async throws {
    let bench = try SystemBench()
    let system = try bench.system { $0.logSampling = LogSampling(first: 1, thereafter: 0, interval: .seconds(600)) }
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
    let error = try #require(throws: ConfigurationError.self) {
      try bench.system { $0.logDestinations = [.file(path: "/nowhere/a.log")] }
    }
    #expect(error.setting == "logDestinations" && error.value == "/nowhere/a.log")
    #expect(throws: ConfigurationError.self) { try bench.system { $0.logDestinations = [.file(path: "a.log")] } }
  }

  @Test func samplingInCodeBeyondItsLimitsIsAnError() {
    for sampling in [
      LogSampling(first: 0), LogSampling(thereafter: -1), LogSampling(interval: .zero), LogSampling(first: 2_000_000),
    ] {
      var configuration = SpoorConfiguration()
      configuration.logSampling = sampling
      #expect(throws: ConfigurationError.self) { try ResolvedConfiguration(configuration, environment: [:]) }
    }
  }
}
