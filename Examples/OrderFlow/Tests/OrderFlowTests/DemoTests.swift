// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProcessTests {
  @Suite struct DemoTests {
    @Test(arguments: [["--exit"], ["--exit", "--otlp"]])
    func `the demo prints a trace and a grep that finds it, and ends by itself`(options: [String]) async throws {
      let outcome = try await Binary.run(["demo"] + options)
      #expect(outcome.status == 0, "\(outcome.output)")
      #expect(outcome.output.contains("payment_timeout"))

      let command = try #require(outcome.output.split(separator: "\n").first { $0.contains("grep -h ") })
      let grep = Process()
      grep.executableURL = URL(filePath: "/bin/sh")
      grep.arguments = ["-c", String(command)]
      let output = Pipe()
      grep.standardOutput = output
      try grep.run()
      let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
        separator: "\n")
      grep.waitUntilExit()
      for service in ["gateway", "order-service", "inventory-service", "payment-service", "risk-service"] {
        #expect(lines.contains { $0.contains("\"service\":\"\(service)\"") }, "\(service)")
      }
    }

    /// A server that is no collector, as another program on port 9411 is.
    @Test func `a collector's port that is taken by something else is named`() async throws {
      let server = Process()
      server.executableURL = URL(filePath: "/usr/bin/env")
      server.arguments = ["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
      server.currentDirectoryURL = FileManager.default.temporaryDirectory
      let output = Pipe()
      (server.standardOutput, server.standardError) = (output, FileHandle.nullDevice)
      try server.run()
      defer {
        kill(server.processIdentifier, SIGKILL)  // SIGTERM may be blocked, as it is in the thread that started it.
        server.waitUntilExit()
      }
      // "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
      let greeting = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      let port = try #require(greeting.split(separator: " ").compactMap { Int($0) }.first, "\(greeting)")

      let outcome = try await Binary.run(["demo", "--exit"], collectorPort: port, withErrors: true)
      #expect(outcome.status != 0)
      #expect(outcome.output.contains("something else listens on 127.0.0.1:\(port)"), "\(outcome.output)")
      #expect(outcome.output.contains("--collector-port 0"), "\(outcome.output)")
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
    func `no process is left behind when the demo ends`(signal: Int32) async throws {
      let (process, output, directory) = try Binary.start(["demo", "--exit"])
      defer { process.waitUntilExit() }
      // Wait until every process has stored its port.
      let ports = {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".port") }.count
      }
      while process.isRunning, (try? ports()) ?? 0 < 6 { try await Task.sleep(for: .milliseconds(5)) }
      let children = try Self.children(of: process.processIdentifier)
      #expect(children.count >= 6)
      kill(process.processIdentifier, signal)
      _ = output
      let deadline = ContinuousClock.now + .seconds(20)
      while children.contains(where: Self.lives), ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(children.filter(Self.lives) == [])
    }

    private static func children(of parent: Int32) throws -> [Int32] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { identifier in
        Self.status(of: identifier)?.parent == parent
      }
    }

    private static func lives(_ identifier: Int32) -> Bool {
      guard let status = status(of: identifier) else { return false }
      return status.state != "Z"
    }

    /// The state and the parent from `/proc/…/stat`, after the name in parentheses.
    private static func status(of identifier: Int32) -> (state: String, parent: Int32)? {
      guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { return nil }
      let fields = text[text.index(after: end)...].split(separator: " ")
      guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
      return (String(fields[0]), parent)
    }
  }
}
