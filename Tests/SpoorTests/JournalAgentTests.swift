// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

/// Agents as real processes, beside services that never start again.
@Suite struct JournalAgentTests {
  /// A tree of journals as a DaemonSet sees it, a service that leaves them, and its agents.
  private final class Fleet: Sendable {
    let service: EndingBench
    let agent: EndingBench
    let tree: String

    init(_ reply: @escaping @Sendable (SocketServer.Request) -> SocketServer.Reply = { _ in .answer(202) }) throws {
      service = try EndingBench { _ in .answer(503) }
      agent = try EndingBench(program: "AgentProbe", reply)
      tree = "\(service.journal)-tree"
      try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: tree) }

    /// The directory of a pod's journals.
    func pod(_ number: Int) -> String { "\(tree)/pods/3f6c1b1e-0000-4000-8000-00000000000\(number)/journal" }

    func leave(_ mode: String, count: Int = 0, pod number: Int = 0) throws {
      try service.run(
        mode, count: count, environment: ["SPOOR_JOURNAL_DIR": pod(number), "SPOOR_EXIT_TIMEOUT": "0"],
        output: Pipe().fileHandleForWriting)
    }

    func start(_ environment: [String: String] = [:]) throws -> Process {
      try agent.start(tree, environment: environment)
    }

    func files() -> [String] {
      (FileManager.default.enumerator(atPath: tree)?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".spoor") }
    }

    func end(_ process: Process) {
      process.terminate()
      process.waitUntilExit()
    }
  }

  @Test func whatDeadProcessesLeftIsShippedUnderTheirOwnNames() async throws {
    let fleet = try Fleet()
    try fleet.leave("crash", pod: 0)
    try fleet.leave("trap", count: 20, pod: 1)
    let agent = try fleet.start()
    try await eventually("everything is shipped") { fleet.files().isEmpty && fleet.agent.spans.count == 2 }
    fleet.end(agent)
    let spans = fleet.agent.spans
    #expect(Set(spans.compactMap { $0["name"] as? String }) == ["ended", "open"])
    #expect(
      spans.allSatisfy { ($0["localEndpoint"] as? [String: Any])?["serviceName"] as? String == "ending" }, "\(spans)")
    // Nobody has read the first pipes, so the lines are there once at least.
    #expect(Set(try fleet.agent.numbers()) == Set(0..<20))
    for event in ["process_interrupted", "process_crashed", "log_lines_replayed", "calling"] {
      let records = try fleet.agent.records(event)
      #expect(!records.isEmpty && records.allSatisfy { $0["service"] as? String == "ending" }, "\(event)")
    }
  }

  @Test func linesAndCrashesAreExportedUnderTheResourceOfTheirProcess() async throws {
    let fleet = try Fleet { _ in .answer(200) }
    try fleet.leave("trap", count: 3)
    let agent = try fleet.start([
      "OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(fleet.agent.server.port)", "OTEL_BSP_SCHEDULE_DELAY": "10",
    ])
    func events() -> [String: Set<String>] {
      var events: [String: Set<String>] = [:]
      for request in fleet.agent.server.requests where request.head.contains("/v1/logs") {
        for part in (try? DecodedJSON.object(request.text))?["resourceLogs"] as? [[String: Any]] ?? [] {
          let attributes = (part["resource"] as? [String: Any])?["attributes"] as? [[String: Any]] ?? []
          let service = attributes.first { $0["key"] as? String == "service.name" }?["value"] as? [String: Any]
          for scope in part["scopeLogs"] as? [[String: Any]] ?? [] {
            for record in scope["logRecords"] as? [[String: Any]] ?? [] {
              let event = (record["body"] as? [String: Any])?["stringValue"] as? String ?? ""
              events[event, default: []].insert(service?["stringValue"] as? String ?? "")
            }
          }
        }
      }
      return events
    }
    try await eventually("the crash is exported") { events()["process_crashed"] != nil && fleet.files().isEmpty }
    fleet.end(agent)
    #expect(events()["line"] == ["ending"] && events()["process_crashed"] == ["ending"], "\(events())")
  }

  @Test func aLivingProcesssJournalIsLeftAloneUntilItDies() async throws {
    let fleet = try Fleet()
    let living = try fleet.service.start(
      "lines", count: 1, environment: ["SPOOR_JOURNAL_DIR": fleet.pod(0)])
    try await eventually("it has begun") { try !fleet.service.numbers().isEmpty }
    // Silent for longer than any grace period, and still alive.
    kill(living.processIdentifier, SIGSTOP)
    let own = fleet.files()
    let agent = try fleet.start()
    try fleet.leave("crash", pod: 1)
    // A file goes after the answer to its last span.
    try await eventually("the dead one is shipped") { fleet.agent.spans.count == 2 && fleet.files() == own }
    #expect(own.count == 1 && fleet.files().count == 1)
    kill(living.processIdentifier, SIGKILL)
    living.waitUntilExit()
    try await eventually("the other one, too") { fleet.files().isEmpty }
    fleet.end(agent)
  }

  @Test func severalAgentsShipEachSpanOnce() async throws {
    let fleet = try Fleet()
    for number in 0..<8 { try fleet.leave("job", count: 50, pod: number % 3) }
    let agents = try (0..<3).map { number in
      try fleet.start(["SPOOR_JOURNAL_DIR": "\(fleet.agent.journal)-\(number)"])
    }
    try await eventually("everything is shipped") { fleet.files().isEmpty && fleet.agent.spans.count >= 400 }
    for agent in agents { fleet.end(agent) }
    let ids = fleet.agent.spans.compactMap { $0["id"] as? String }
    #expect(ids.count == 400 && Set(ids).count == 400)
  }

  @Test func aServiceThatStartsAgainShipsItsJournalItself() async throws {
    let fleet = try Fleet()
    try fleet.leave("crash")
    let agent = try fleet.start(["PROBE_GRACE": "20000"])
    try fleet.service.run(
      "ship",
      environment: [
        "SPOOR_JOURNAL_DIR": fleet.pod(0),
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:\(fleet.agent.server.port)/api/v2/spans",
      ])
    #expect(fleet.files().isEmpty && fleet.agent.spans.count == 2)
    fleet.end(agent)
    #expect(fleet.agent.spans.count == 2)
  }

  @Test func whatAKilledAgentHadInHandIsShippedByTheNextOne() async throws {
    let failures = Locked(0)
    let fleet = try Fleet { _ in
      // Every other request fails.
      .answer(
        failures.withLock { count in
          count += 1
          return count % 2 == 0 ? 202 : 503
        })
    }
    for number in 0..<6 { try fleet.leave("job", count: 200, pod: number) }
    for _ in 0..<5 {
      let agent = try fleet.start(["SPOOR_BATCH_BYTES": "20000"])
      try await Task.sleep(for: .milliseconds(400))
      kill(agent.processIdentifier, SIGKILL)
      agent.waitUntilExit()
    }
    let agent = try fleet.start()
    try await eventually("everything is shipped") { fleet.files().isEmpty }
    fleet.end(agent)
    #expect(Set(fleet.agent.spans.compactMap { $0["id"] as? String }).count == 1200)
    #expect(Set(try fleet.agent.numbers()) == Set(0..<200))
  }

  /// The service and its agent are different users, who share a group.
  @Test(
    .enabled(
      if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"),
      "other users can be had by root only"))
  func anUnprivilegedUserOfTheGroupIsEnough() async throws {
    let fleet = try Fleet()
    func user(_ id: Int) -> String {
      "umask 077; exec setpriv --reuid \(id) --regid \(id) --groups 4317 --no-new-privs \"$@\""
    }
    guard unsafe chown(fleet.tree, 0, 4317) == 0, unsafe chmod(fleet.tree, 0o2775) == 0 else { return }
    let state = "\(fleet.agent.journal)-state"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    guard unsafe chown(state, 4002, 4002) == 0, unsafe chmod(state, 0o700) == 0 else { return }
    // Both must reach the program and the directories.
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    guard Self.isReachable(program), Self.isReachable(fleet.tree) else { return }
    let environment = ["SPOOR_JOURNAL_DIR": "\(fleet.tree)/orders", "SPOOR_JOURNAL_GROUP": "4317"]
    try fleet.service.run("crash", environment: environment, shell: user(4001))
    #expect(fleet.files().count == 1)
    let agent = try fleet.agent.start(
      fleet.tree, environment: ["SPOOR_JOURNAL_DIR": state], shell: user(4002))
    try await eventually("everything is shipped") { fleet.files().isEmpty && fleet.agent.spans.count == 2 }
    fleet.end(agent)
  }

  /// Whether every user may enter all directories on the way.
  private static func isReachable(_ path: String) -> Bool {
    var url = URL(filePath: path).deletingLastPathComponent()
    while url.path != "/" {
      let mode = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.posixPermissions] as? Int ?? 0
      guard mode & 0o001 != 0 else { return false }
      url.deleteLastPathComponent()
    }
    return true
  }
}
