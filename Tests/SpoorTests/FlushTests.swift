// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// `flush(timeout:)` waits for what had finished by its call, says what is left, and ends nothing.
///
/// Upper limits of time are generous, because other suites block threads of the pool on which the waiting goes on.
@Suite struct FlushTests {
  /// Nothing is sent by its age while a test runs.
  private static let patient = ["OTEL_BSP_SCHEDULE_DELAY": "3600000"]

  @Test(arguments: ["zipkin", "otlp", "zipkin,otlp"]) func aFlushReturnsOnceEverythingIsAcknowledged(
    exporters: String
  ) async throws {
    let bench = try OptionBench(.environment) { request in
      // An answer that comes late shows whether it is waited for.
      Thread.sleep(forTimeInterval: 0.1)
      return .answer(request.head.contains("/v1/") ? 200 : 202)
    }
    var others = Self.patient
    others["OTEL_TRACES_EXPORTER"] = exporters
    others["OTEL_LOGS_EXPORTER"] = "console,otlp"
    others["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:\(bench.server.port)"
    try await bench.run([:], others: others) { _ in
    } work: { system in
      let logger = system.logger(label: "x")
      for round in 1...3 {
        for _ in 0..<100 { system.tracer.withSpan("span") { _ in logger.info("line") } }
        let open = system.tracer.startSpan("open")
        let report = await system.flush(timeout: .seconds(30))
        #expect(report.isComplete && report.undeliveredSpans == 0 && report.openSpans == 1, "\(report)")
        #expect(report.spans.sent == 101 * round - 1 && report.spans.isBalanced && report.lastFailure == nil)
        #expect(bench.lines("line").count == 100 * round)
        open.end()
      }
    }
    let logs = bench.server.requests.filter { $0.head.contains("/v1/logs") }
    #expect(!logs.isEmpty)
  }

  @Test func aFlushSaysWhatIsLeftAndTheRestIsSentLater() async throws {
    let isDown = Locked(true)
    let bench = try OptionBench(.environment) { _ in .answer(isDown.withLock { $0 } ? 503 : 202) }
    try await bench.run([:], others: Self.patient) { _ in
    } work: { system in
      for _ in 0..<10 { system.tracer.withSpan("span") { _ in } }
      let began = ContinuousClock.now
      let report = await system.flush(timeout: .milliseconds(300))
      #expect(.now - began < .seconds(240))
      #expect(!report.sentAllSpans && report.undeliveredSpans == 10 && report.wroteAllLines)
      #expect(report.lastFailure?.contains("503") == true && !report.keepsUndelivered)
      isDown.withLock { $0 = false }
      try await eventually("the shipper goes on") { system.journal.account().held == 0 }
      #expect(await system.flush(timeout: .seconds(30)).isComplete)
    }
    #expect(bench.spans.count >= 10)
  }

  @Test func aFlushTriesACollectorThatWasDownAtOnceAndDoesNotHammerIt() async throws {
    let isDown = Locked(true)
    let bench = try OptionBench(.environment) { _ in .answer(isDown.withLock { $0 } ? 503 : 202) }
    let system = try bench.system([:], others: Self.patient) { _ in }
    system.tracer.withSpan("span") { _ in }
    // The pauses of the back-off grow, so that soon the next try is far away.
    let began = ContinuousClock.now
    for _ in 0..<20 { await system.flush(timeout: .milliseconds(100)) }
    let tries = bench.server.requests.count
    let seconds = Int((ContinuousClock.now - began).components.seconds)
    #expect((2...8 + 2 * seconds).contains(tries), "\(tries) requests in \(seconds) s of flushes")
    isDown.withLock { $0 = false }
    let report = await system.flush(timeout: .seconds(10))
    #expect(report.isComplete, "\(report)")
    await system.shutdown()
    #expect(await system.flush(timeout: .seconds(1)).isComplete, "after the shutdown too")
    system.endForTesting()
  }

  @Test func aFlushUnderLoadWaitsOnlyForWhatHadFinished() async throws {
    let bench = try OptionBench(.environment)
    try await bench.run([:], others: Self.patient.merging(["SPOOR_BATCH_BYTES": "5000"]) { $1 }) { _ in
    } work: { system in
      let load = Task.detached {
        while !Task.isCancelled {
          for _ in 0..<20 { system.tracer.withSpan("load") { _ in } }
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
      for _ in 0..<5 {
        system.tracer.withSpan("mine") { _ in }
        #expect(await system.flush(timeout: .seconds(30)).sentAllSpans)
      }
      #expect(bench.spans.count { $0["name"] as? String == "mine" } == 5)
      load.cancel()
    }
  }

  @Test func aStuckOutputDelaysAFlushNoLongerThanItsTime() async throws {
    let bench = try OptionBench(.environment)
    let pipe = Pipe()
    let name = pipe.fileHandleForWriting.fileDescriptor
    let system = try bench.system([:], others: [:]) { _ in }
    var configuration = SpoorConfiguration()
    configuration.environment = [
      "OTEL_SERVICE_NAME": "stuck", "SPOOR_JOURNAL_DIR": "off", "OTEL_EXPORTER_ZIPKIN_ENDPOINT": bench.url,
    ]
    configuration.logging.destinations = [.descriptor(name)]
    let stuck = try SpoorSystem(ResolvedConfiguration(configuration, environment: [:]))
    for _ in 0..<200 { stuck.logger(label: "x").info("\(String(repeating: "x", count: 1000))") }
    let began = ContinuousClock.now
    let report = await stuck.flush(timeout: .milliseconds(300))
    #expect(!report.wroteAllLines && report.sentAllSpans && .now - began < .seconds(240))
    await system.shutdown()
    system.endForTesting()
    Task.detached { while !pipe.fileHandleForReading.availableData.isEmpty {} }
    #expect(await stuck.flush(timeout: .seconds(30)).wroteAllLines)
    await stuck.shutdown()
    stuck.endForTesting()
    try pipe.fileHandleForWriting.close()
  }
}
