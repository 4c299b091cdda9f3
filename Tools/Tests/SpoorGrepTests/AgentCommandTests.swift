// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The address of `spoor agent` for health, metrics and open spans, beside a real service and a real collector.
@Suite struct AgentCommandTests {
  @Test func theAddressTellsWhatIsInFlightAndWhatWasDelivered() async throws {
    try await withScratch { directory in
      let tree = directory.appending(path: "pods")
      let collector = try RunningProgram("spoor", ["collect", "--port", "0", "--otlp-port", "0"])
      let ready = collector.line { $0.contains("http://127.0.0.1:") }
      let base = String(try #require(ready?.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)).output)
      let port = try freePort()
      let agent = try RunningProgram(
        "spoor",
        [
          "agent", tree.path, "--zipkin", "\(base)/api/v2/spans", "--state", directory.appending(path: "own").path,
          "--grace", "0", "--interval", "0.05", "--port", "\(port)",
        ])
      let address = "http://127.0.0.1:\(port)"
      try await until("the agent answers") { try get("\(address)/health").status == 200 }
      #expect(try get("\(address)/health").body == "running, delivering\n")
      #expect(try get("\(address)/").body == "0 open spans in 0 processes\n")

      // What a living process is in the middle of.
      let service = try openSpans(in: tree.appending(path: "one"))
      let page = try get("\(address)/")
      #expect(page.status == 200 && page.type.hasPrefix("text/plain"))
      let text = page.body
      #expect(text.hasPrefix("2 open spans in 1 processes\n"))
      for part in [
        "payments pid \(service.identifier)  post /charges\n", "\n  order.id=ORD7890\n",
        "payments pid \(service.identifier)  authorise\n", "  last event waiting_for_bank\n",
      ] {
        #expect(text.contains(part), "\(part) in \(text)")
      }
      let (outer, inner) = (text.range(of: "post /charges"), text.range(of: "authorise"))
      #expect(try #require(outer).upperBound < #require(inner).lowerBound, "the oldest first")
      #expect(try metrics(address)["spoor_agent_spans_adopted_total"] == "0", "a living process's file is left alone")

      // What a dead one left is delivered and counted.
      service.kill()
      try await until("its spans are delivered") { try metrics(address)["spoor_agent_spans_sent_total"] == "2" }
      let counts = try metrics(address)
      #expect(counts["spoor_agent_spans_adopted_total"] == "2" && counts["spoor_agent_spans_held"] == "0")
      #expect(counts["spoor_agent_delivering"] == "1" && counts["spoor_agent_lines_dropped_total"] == "0")
      #expect(try get("\(address)/").body == "0 open spans in 0 processes\n")

      // Without a collector the agent is healthy, and says that it does not deliver.
      collector.kill()
      try openSpans(in: tree.appending(path: "two")).kill()
      try await until("a request has failed") { try metrics(address)["spoor_agent_delivering"] == "0" }
      let health = try get("\(address)/health")
      #expect(health.status == 200 && health.body.hasPrefix("running, not delivering: "), "\(health.body)")
      #expect(try metrics(address)["spoor_agent_spans_held"] == "2")
      withExtendedLifetime(agent) {}
    }
  }

  @Test func theAddressRefusesForeignNamesAndUnknownPaths() async throws {
    try await withScratch { directory in
      let port = try freePort()
      let arguments = [
        "agent", directory.appending(path: "pods").path, "--zipkin", "http://127.0.0.1:1/api/v2/spans", "--state",
        directory.appending(path: "own").path, "--port", "\(port)",
      ]
      let agent = try RunningProgram("spoor", arguments)
      let address = "http://127.0.0.1:\(port)"
      try await until("the agent answers") { try get("\(address)/health").status == 200 }
      for (host, status) in [
        ("shop.example", 421), ("shop.example:\(port)", 421), ("localhost:\(port)", 200), ("127.0.0.1", 200),
      ] {
        for path in ["/", "/health", "/metrics"] {
          #expect(try get(address + path, ["-H", "Host: \(host)"]).status == status, "\(host) \(path)")
        }
      }
      #expect(try get("\(address)/spans").status == 404)
      #expect(try get("\(address)/health", ["-X", "POST"]).status == 404)
      // A second agent needs a port of its own.
      let second = try run(spoor, arguments.map { $0.hasSuffix("/own") ? $0 + "-2" : $0 })
      #expect(second.status == 2 && second.errors.contains("--port must be free on --listen"), "\(second)")
      withExtendedLifetime(agent) {}
    }
  }

  /// A process with two open spans whose journal is in a directory.
  private func openSpans(in directory: URL) throws -> RunningProgram {
    let program = try RunningProgram(
      "OpenSpans", [],
      environment: [
        "SPOOR_JOURNAL_DIR": directory.path, "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:1/api/v2/spans",
        "SPOOR_LOG_FORMAT": "json",
      ])
    #expect(program.line { $0.contains("ready") } != nil)
    return program
  }

  private func metrics(_ address: String) throws -> [String: String] {
    let lines = try get("\(address)/metrics").body.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      uniqueKeysWithValues: lines.map { $0.split(separator: " ") }.map { (String($0[0]), String($0[1])) })
  }

  /// A request by curl. The status is 0 if nobody answers.
  private func get(_ url: String, _ options: [String] = []) throws -> (status: Int, type: String, body: String) {
    let format = "\n%{http_code} %{content_type}"
    let result = try run(URL(filePath: "/usr/bin/curl"), ["-s", "-m", "60", "-w", format] + options + [url])
    let end = result.output.lastIndex(of: "\n") ?? result.output.startIndex
    let words = result.output[end...].dropFirst().split(separator: " ", maxSplits: 1)
    return (Int(words.first ?? "") ?? 0, String(words.dropFirst().first ?? ""), String(result.output[..<end]))
  }

  private func until(_ what: String, _ condition: () throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("within a minute \(what)")
  }

  private func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // The address is a local variable, used only during the calls.
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// A program of this package that runs beside a test. It is killed with this object.
private final class RunningProgram {
  private let process = Process()
  private let output = Pipe()

  init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    process.executableURL = spoor.deletingLastPathComponent().appending(path: name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  deinit { kill() }

  var identifier: Int32 { process.processIdentifier }

  /// The first text of its output that meets a condition; nil if its output ends.
  func line(_ condition: (String) -> Bool) -> String? {
    while true {
      let bytes = output.fileHandleForReading.availableData
      guard !bytes.isEmpty else { return nil }
      let text = String(decoding: bytes, as: UTF8.self)
      if condition(text) { return text }
    }
  }

  /// Kills it with SIGKILL and waits for its end.
  func kill() {
    guard process.isRunning else { return }
    _ = Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
