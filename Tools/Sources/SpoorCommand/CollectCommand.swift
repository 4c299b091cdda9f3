import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import SpoorCollect
import UnixSignals

/// `spoor collect`
struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "A local collector that speaks Zipkin's API, and takes JSON log records at /logs.",
    discussion: """
      Examples:
        spoor collect
        spoor collect --port 9412 --max-bytes 64000000
        curl -s http://localhost:9411/api/v2/services
      """)

  @Option(help: "The address to listen on. Anything but loopback shows spans and logs to whoever can reach it.")
  var listen = "127.0.0.1"

  @Option(help: "The port; 0 for any that is free.")
  var port = 9411

  @Option(help: "Bytes that spans and logs may take; the oldest traces go first.")
  var maxBytes = 256 << 20

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port \(port): expected 0 to 65535") }
    guard maxBytes >= 1 << 20 else { throw ValidationError("--max-bytes \(maxBytes): expected at least 1048576") }
  }

  func run() async throws {
    let configuration = CollectorConfiguration(host: listen, port: port, maximumBytes: maxBytes)
    var logger = Logger(label: "spoor.collect") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    if !configuration.isLoopback {
      logger.warning("listening on \(listen): every span and log line is shown to whoever can reach this address")
    }
    let collector = Collector(configuration: configuration, logger: logger) { [listen] port in
      let text =
        "spoor collect: spans at http://\(listen):\(port)/api/v2/spans, logs at http://\(listen):\(port)/logs\n"
      try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    try await ServiceGroup(
      services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }
}
