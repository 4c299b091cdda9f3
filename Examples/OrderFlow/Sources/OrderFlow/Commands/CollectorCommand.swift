// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import ServiceLifecycle
import SpoorCollect
import UnixSignals

/// `order-flow collector`: the local collector for runs on machines without one. It is `spoor collect` within this
/// binary, so that one build is enough.
struct CollectorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "collector", shouldDisplay: false)

  @Option var port = 9411
  @Option var directory: String

  func run() async throws {
    ParentWatch.start()
    let logger = Logger(label: "collector") { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .warning
      return handler
    }
    let run = RunDirectory(path: directory)
    let collector = Collector(configuration: CollectorConfiguration(port: port), logger: logger) { port in
      do {
        try run.announce(CollectorProcess.name, port: port)
      } catch {
        logger.error("port_not_announced", error: error)
      }
    }
    try await ServiceGroup(
      services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }
}
