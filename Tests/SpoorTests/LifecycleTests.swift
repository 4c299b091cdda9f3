// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import ServiceLifecycle
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Systems with a real collector on a socket and a journal directory of their own. They end with the bench, so that
/// their descriptors do not add up over the tests of one process.
final class SystemBench: Sendable {
  let server: SocketServer
  let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-system-\(UUID().uuidString)").path
  let output = FileManager.default.temporaryDirectory.appending(path: "spoor-lines-\(UUID().uuidString)")

  init(_ reply: @escaping @Sendable (SocketServer.Request) -> SocketServer.Reply = { _ in .answer(202) }) throws {
    server = try SocketServer(reply)
    try Data().write(to: output)
  }

  private let systems = Locked<[SpoorSystem]>([])

  deinit { for system in systems.withLock({ $0 }) { system.endForTesting() } }

  func system(
    journal: SpoorConfiguration.Journal.Location? = .memory, _ change: (inout SpoorConfiguration) -> Void = { _ in }
  ) throws -> SpoorSystem {
    var configuration = SpoorConfiguration()
    configuration.service.name = "test-service"
    configuration.export.endpoints = ["http://127.0.0.1:\(server.port)/api/v2/spans"]
    configuration.journal.location = journal ?? .directory(directory)
    configuration.journal.bytes = 4 << 20
    configuration.export.batchAge = .milliseconds(10)
    configuration.logging.format = .json
    configuration.logging.destinations = [.descriptor(unsafe open(output.path, O_WRONLY | O_APPEND))]
    change(&configuration)
    let system = try SpoorSystem(ResolvedConfiguration(configuration, environment: [:]))
    systems.withLock { $0.append(system) }
    return system
  }

  var lines: [[String: Any]] {
    let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { try? DecodedJSON.object($0) }
  }

  /// Whether the output has this text, searched for from its end.
  func hasWritten(_ text: String) -> Bool {
    (try? Data(contentsOf: output))?.range(of: Data(text.utf8), options: .backwards) != nil
  }

  func line(_ event: String) -> [String: Any]? { lines.first { $0["event"] as? String == event } }

  var delivered: [[String: Any]] {
    server.requests.flatMap { (try? DecodedJSON.objects($0.body)) ?? [] }
  }

  func names() -> Set<String> { Set(delivered.compactMap { $0["name"] as? String }) }
}

@Suite struct LifecycleTests {
  @Test func aShutdownSendsWhatHasFinished() async throws {
    let bench = try SystemBench()
    let system = try bench.system()
    for number in 0..<500 { system.tracer.withSpan("span \(number)") { _ in } }
    let report = await system.shutdown(timeout: .seconds(10))
    #expect(report.undeliveredSpans == 0 && report.wroteAllLines)
    #expect(bench.names().count == 500)
    #expect(bench.server.requests.allSatisfy { $0.header("b3") == "0" })
  }

  /// The span ends and the shutdown begins while the exporter's thread looks for work: in a process that runs for a
  /// millisecond that is likely.
  @Test func aSpanRightBeforeTheShutdownIsSentHoweverShortTheProcessRuns() async throws {
    var sent = 0
    for round in 0..<400 {
      let bench = try SystemBench()
      let system = try bench.system { $0.journal.bytes = 1 << 20 }
      usleep(UInt32(round))
      system.tracer.withSpan("only") { _ in }
      sent += await system.shutdown(timeout: .seconds(30)).spans.sent
    }
    #expect(sent == 400)
  }

  @Test func spansBeforeTheGroupRunsAreSentAndTheGroupDrains() async throws {
    let bench = try SystemBench()
    let system = try bench.system()
    system.tracer.withSpan("before") { _ in }
    struct Work: Service {
      let tracer: any Tracer
      func run() async throws {
        try? await gracefulShutdown()
        tracer.withSpan("while stopping") { _ in }
      }
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [system, Work(tracer: system.tracer)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      ))
    async let run: Void = group.run()
    await group.triggerGracefulShutdown()
    try await run
    #expect(bench.names() == ["before", "while stopping"])
  }

  @Test func aCancelledServiceDrainsAsWell() async throws {
    let bench = try SystemBench()
    let system = try bench.system()
    let task = Task { try await system.run() }
    system.tracer.withSpan("cancelled") { _ in }
    task.cancel()
    _ = await task.result
    #expect(bench.names() == ["cancelled"])
  }

  @Test func whatCouldNotBeDeliveredIsSaid() async throws {
    let bench = try SystemBench { _ in .answer(503) }
    let system = try bench.system()
    for _ in 0..<3 { system.tracer.withSpan("held") { _ in } }
    let open = system.tracer.startSpan("open")
    let report = await system.shutdown(timeout: .milliseconds(300))
    #expect(report.undeliveredSpans == 3 && report.openSpans == 1 && !report.keepsUndelivered)
    let line = try #require(bench.line("spans_undelivered"))
    #expect(line["count"] as? Int == 3 && line["kept"] as? Bool == false)
    open.end()
  }

  @Test func whatIsKeptInAFileIsSentByTheNextStart() async throws {
    let refusing = try SystemBench { _ in .answer(503) }
    let first = try refusing.system(journal: nil)
    for number in 0..<3 { first.tracer.withSpan("kept \(number)") { _ in } }
    let report = await first.shutdown(timeout: .milliseconds(300))
    #expect(report.undeliveredSpans == 3 && report.keepsUndelivered)
    first.journal.releaseFileForTesting()
    let bench = try SystemBench()
    let second = try bench.system(journal: .directory(refusing.directory))
    _ = await second.shutdown(timeout: .seconds(10))
    #expect(bench.names() == ["kept 0", "kept 1", "kept 2"])
  }

  @Test func spansOfADeadProcessStayInItsFileWhileNoneAreExported() async throws {
    let refusing = try SystemBench { _ in .answer(503) }
    let first = try refusing.system(journal: nil)
    for number in 0..<3 { first.tracer.withSpan("kept \(number)") { _ in } }
    _ = await first.shutdown(timeout: .milliseconds(300))
    first.journal.releaseFileForTesting()
    let bench = try SystemBench()
    let second = try bench.system(journal: .directory(refusing.directory)) { $0.export.exporters = [] }
    try await eventually("the file is taken over") { bench.line("spans_taken_over") != nil }
    _ = await second.shutdown(timeout: .seconds(300))
    #expect(second.export.haveEnded, "the shipper does not wait for what it does not send")
    #expect(second.journal.count(.adopted) == 3 && bench.delivered.isEmpty)
    let files = try FileManager.default.contentsOfDirectory(atPath: refusing.directory)
    #expect(files.contains { $0.hasSuffix(".spoor") }, "the spans are there for a start that exports them")
  }

  /// Every span is accounted for in any state of the collector.
  @Test(arguments: [0, 1, 2, 3]) func deliveredAndHeldAndDroppedAreAllThatWasRecorded(trouble: Int) async throws {
    let bench = try SystemBench { request in
      let refuses = request.text.contains("\"bad\"")
      switch trouble {
      case 0: return .answer(202)
      case 1: return refuses ? .answer(400, body: "bad span") : .answer(202)
      case 2: return request.connection == 0 ? .close : .answer(202)
      default: return .answer(500)
      }
    }
    let system = try bench.system { $0.journal.bytes = 1 << 20 }
    let total = 2000
    for number in 0..<total { system.tracer.withSpan(number == 41 ? "bad" : "span \(number)") { _ in } }
    let report = await system.shutdown(timeout: .seconds(trouble == 3 ? 1 : 10))
    let journal = system.journal
    let delivered = Int(journal.count(.delivered))
    #expect(Int(journal.count(.opened)) + Int(journal.count(.droppedFull)) == total)
    #expect(delivered + report.undeliveredSpans + Int(journal.count(.rejected)) == Int(journal.count(.opened)))
    #expect(bench.names().count >= delivered)
    if trouble == 1 { #expect(journal.count(.rejected) == 1 && bench.line("span_rejected") != nil) }
    if trouble == 3 { #expect(delivered == 0 && journal.count(.droppedFull) > 0) }
  }

  @Test func aDirectoryThatCannotBeIsAnErrorThatSaysSo() throws {
    let bench = try SystemBench()
    let error = try #require(throws: SpoorError.self) {
      try bench.system(journal: .directory("/proc/nowhere/spoor"))
    }
    guard case .configuration(let setting) = error else { throw error }
    #expect(setting.setting == "journal.location" && setting.value == "/proc/nowhere/spoor")
    #expect(throws: ConfigurationError.self) { try bench.system(journal: .directory("relative/path")) }
  }

  @Test func aCollectorThatFailsIsSaidOnceAndWhenItIsBack() async throws {
    let bench = try SystemBench { request in request.connection == 0 ? .close : .answer(202) }
    let system = try bench.system()
    system.tracer.withSpan("span") { _ in }
    _ = await system.shutdown(timeout: .seconds(10))
    #expect(bench.lines.count { $0["event"] as? String == "spans_not_delivered" } == 1)
    #expect(bench.line("spans_delivered_again") != nil)
    #expect(bench.names() == ["span"])
  }
}
