// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CMemory
import Foundation
import Logging
import ServiceLifecycle
import SpoorCollect
import UnixSignals

/// `spoor collect`
struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Runs a local collector with Zipkin's API that also takes OTLP, and JSON log records at /logs.",
    discussion: """
      Examples:
        spoor collect
        spoor collect --storage ~/traces/ --max-bytes 4000000000
        spoor collect --logs service.log --logs other.log
        OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 my-service
        curl -s http://localhost:9411/api/v2/services

      OTLP over HTTP (protobuf and JSON, gzip): spans at /v1/traces, log records at /v1/logs, on --port and --otlp-port.
      Beyond this machine:
        spoor collect --allow-host traces.example.com --base-path /traces     behind a reverse proxy
        spoor collect --listen 0.0.0.0 --tls-certificate cert.pem --tls-key key.pem     with SPOOR_COLLECT_TOKEN
      """)

  @Option(help: "The address to listen on; one beyond this machine needs --tls-certificate, --tls-key and --token.")
  var listen = "127.0.0.1"

  @Option(help: "The port; 0 for any free port.")
  var port = 9411

  @Option(help: "The port that takes OTLP only; 0 for none: --port takes it as well.")
  var otlpPort = 4318

  @Option(help: "The SQLite file for spans and logs, or a directory for it; default: a temporary file.")
  var storage: String?

  @Option(help: "The maximum size of spans and logs in bytes; above it the oldest traces are deleted.")
  var maxBytes = 1 << 30

  @Option(
    name: .customLong("logs"), parsing: .upToNextOption, help: "Files of JSON log lines to follow, across rotation.")
  var logFiles: [String] = []

  @Option(help: "The path before all others, behind a reverse proxy that forwards it: /traces-ui.")
  var basePath = ""

  @Option(
    name: .customLong("allow-host"), help: "A name under which a reverse proxy is reached, without a port; repeatable.")
  var allowedHosts: [String] = []

  @Option(
    name: .customLong("cors-origin"),
    help: "An origin (https://shop.example, or *) of which pages may send spans and logs; repeatable.")
  var corsOrigins: [String] = []

  @Option(help: "A file with the certificate for HTTPS and its intermediate ones, in PEM.")
  var tlsCertificate: String?

  @Option(help: "A file with the private key of the certificate, in PEM.")
  var tlsKey: String?

  @Option(
    help: """
      A text of at least 16 characters that every request must have, as a bearer token or as the password of any user. \
      The environment variable SPOOR_COLLECT_TOKEN does the same and is not in the list of processes.
      """)
  var token: String?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535, but is \(port)") }
    guard (0...65_535).contains(otlpPort) else {
      throw ValidationError("--otlp-port must be from 0 to 65535, but is \(otlpPort)")
    }
    guard otlpPort == 0 || otlpPort != port else {
      throw ValidationError("--otlp-port must be another port than --port, or 0, but is \(otlpPort)")
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      let (given, missing) = tlsKey == nil ? ("--tls-certificate", "--tls-key") : ("--tls-key", "--tls-certificate")
      throw ValidationError("\(given) needs \(missing) beside it, but there is none")
    }
    guard maxBytes >= 1 << 20 else { throw ValidationError("--max-bytes must be at least 1048576, but is \(maxBytes)") }
  }

  func run() async throws {
    var configuration = CollectorConfiguration(host: listen, port: port, maximumBytes: maxBytes, storage: storage)
    configuration.logFiles = logFiles
    configuration.otlpPort = otlpPort == 0 ? nil : otlpPort
    configuration.basePath = basePath.hasSuffix("/") ? String(basePath.dropLast()) : basePath
    configuration.allowedHosts = allowedHosts
    configuration.corsOrigins = corsOrigins
    if let tlsCertificate, let tlsKey { configuration.tls = .init(certificate: tlsCertificate, key: tlsKey) }
    configuration.token = token ?? ProcessInfo.processInfo.environment["SPOOR_COLLECT_TOKEN"]
    Self.raiseFileLimit()
    spoor_share_memory()
    var logger = Logger(label: "spoor.collect") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    let collector = Collector(configuration: configuration, logger: logger) {
      [listen, otlpPort, scheme = tlsCertificate == nil ? "http" : "https", path = configuration.basePath] port in
      let base = "\(scheme)://\(listen):\(port)\(path)"
      let otlp = otlpPort == 0 ? base : "\(scheme)://\(listen):\(otlpPort)"
      let text =
        "spoor collect: spans at \(base)/api/v2/spans, logs at \(base)/logs, OTLP at \(otlp), the page at \(base)/\n"
      try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    // A file that reaches the process's size limit is reported as an error instead of ending the process by a signal.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try await ServiceGroup(
        services: [collector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
      ).run()
    } catch let error as StoreError {
      Output.complain(error.description)
      throw ExitCode(2)
    } catch let error as ListeningError {
      Output.complain(error.description)
      throw ExitCode(2)
    }
  }

  /// Raises the limit of open files, because every connection is a file and the usual limit of 1 024 is below the
  /// collector's.
  private static func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
