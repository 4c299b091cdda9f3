// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SpoorInspect
import UnixSignals

/// `spoor agent`
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Ships what dead processes on this host left in their journals: spans, log lines and crashes.",
    discussion: """
      It watches directories of journals. A journal whose process is dead, and is not adopted by a restarted service
      within the grace period, is shipped under the process's own resource and then removed. Journals of living
      processes are left alone. Several agents can watch the same directories. What cannot be delivered stays in its
      file.

      Without --zipkin and --otlp the collector comes from the environment, as for a service: OTEL_TRACES_EXPORTER,
      OTEL_EXPORTER_ZIPKIN_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, SPOOR_HEADERS and all others.

      Examples:
        spoor agent /var/lib/spoor --otlp http://collector:4318
        spoor agent /var/lib/spoor /srv/jobs --zipkin http://zipkin:9411/api/v2/spans --state /var/lib/spoor-agent
        curl -s http://localhost:9464/metrics

      Addresses: / (what living processes are in the middle of), /health, /metrics (Prometheus).
      """)

  @Argument(help: "Directories of journals; they are searched six levels deep. They need not exist yet.")
  var directories: [String]

  @Option(help: "The URL of a Zipkin-compatible collector.")
  var zipkin: String?

  @Option(help: "The base URL of a receiver of OTLP over HTTP; it gets log lines and crashes as well.")
  var otlp: String?

  @Option(help: "Where log lines of dead processes are written besides OTLP: stdout or none.")
  var lines: LinesDestination?

  @Option(help: "How many seconds a process must have been silent before its journal is shipped.")
  var grace = 10.0

  @Option(help: "How many seconds pass between two searches.")
  var interval = 1.0

  @Option(help: "The directory of the agent's own journal; default: SPOOR_JOURNAL_DIR, or the user's.")
  var state: String?

  @Option(help: "The address for health and metrics. Everyone who can reach it can read the tags of open spans.")
  var listen = "127.0.0.1"

  @Option(help: "The port for health and metrics; 0 for none.")
  var port = 9464

  enum LinesDestination: String, ExpressibleByArgument, CaseIterable { case stdout, none }

  func validate() throws {
    guard (0...3600).contains(grace) else {
      throw ValidationError("--grace must be from 0 to 3600 seconds, but is \(grace)")
    }
    guard (0.01...3600).contains(interval) else {
      throw ValidationError("--interval must be from 0.01 to 3600 seconds, but is \(interval)")
    }
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535, but is \(port)") }
    guard !directories.isEmpty else { throw ValidationError("expected a directory of journals") }
  }

  func run() async throws {
    var settings = JournalAgent.Settings(directories: directories.map(Self.absolute))
    settings.zipkin = zipkin
    settings.otlp = otlp
    settings.writesLines = lines.map { $0 == .stdout }
    settings.grace = .milliseconds(Int(grace * 1000))
    settings.interval = .milliseconds(Int(interval * 1000))
    settings.state = state.map(Self.absolute)
    let agent: JournalAgent
    do throws(JournalAgent.Failure) {
      agent = try JournalAgent(settings)
    } catch {
      throw ValidationError(error.description)
    }
    var logger = Logger(label: "spoor.agent") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    let service = AgentService(agent: agent, address: port == 0 ? nil : (listen, port), logger: logger)
    do {
      try await ServiceGroup(
        services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
      ).run()
    } catch let error as IOError {
      Output.complain("--port must be free on --listen, but \(listen):\(port) is not: \(error)")
      throw ExitCode(2)
    }
  }

  private static func absolute(_ path: String) -> String {
    URL(filePath: path, relativeTo: URL(filePath: FileManager.default.currentDirectoryPath)).standardizedFileURL.path
  }
}
