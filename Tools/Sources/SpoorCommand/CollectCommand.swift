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
        spoor collect --storage traces.sqlite --max-bytes 4000000000
        spoor collect --logs service.log --logs other.log
        curl -s http://localhost:9411/api/v2/services
      """)

  @Option(help: "The address to listen on. Anything but loopback shows spans and logs to whoever can reach it.")
  var listen = "127.0.0.1"

  @Option(help: "The port; 0 for any that is free.")
  var port = 9411

  @Option(help: "The SQLite file to keep spans and logs in; without it a private one that goes with the process.")
  var storage: String?

  @Option(help: "Bytes that spans and logs may take in the file; the oldest traces go first.")
  var maxBytes = 1 << 30

  @Option(
    name: .customLong("logs"), parsing: .upToNextOption, help: "Files of JSON log lines to follow, across rotation.")
  var logFiles: [String] = []

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port \(port): expected 0 to 65535") }
    guard maxBytes >= 1 << 20 else { throw ValidationError("--max-bytes \(maxBytes): expected at least 1048576") }
  }

  func run() async throws {
    var configuration = CollectorConfiguration(host: listen, port: port, maximumBytes: maxBytes, storage: storage)
    configuration.logFiles = logFiles
    Self.raiseFileLimit()
    var logger = Logger(label: "spoor.collect") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    if !configuration.isLoopback {
      logger.warning("listening on \(listen): every span and log line is shown to whoever can reach this address")
    }
    let collector = Collector(configuration: configuration, logger: logger) { [listen] port in
      let base = "http://\(listen):\(port)"
      let text = "spoor collect: spans at \(base)/api/v2/spans, logs at \(base)/logs, the page at \(base)/\n"
      try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    try await ServiceGroup(
      services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }

  /// Every connection is a file, and the usual limit of 1 024 is below what the collector serves.
  private static func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
