// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
public import ServiceLifecycle

/// A collector and query service with Zipkin's API that also takes OTLP's spans and log records, and JSON log records,
/// and joins records to traces.
///
/// `run()` serves until the service group shuts down or the task is cancelled.
public struct Collector: Service {
  private let configuration: CollectorConfiguration
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) async -> Void
  private let onListeningForOTLP: @Sendable (_ port: Int) async -> Void

  /// - Parameters:
  ///   - configuration: where to listen and how much to hold.
  ///   - logger: receives the server's warnings and errors.
  ///   - onListening: is called with the bound port once connections are accepted, on the port for OTLP as well.
  ///   - onListeningForOTLP: is called with the port for OTLP, if there is one, before `onListening`.
  public init(
    configuration: CollectorConfiguration = CollectorConfiguration(), logger: Logger = Logger(label: "spoor.collect"),
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
    onListeningForOTLP: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.logger = logger
    self.onListening = onListening
    self.onListeningForOTLP = onListeningForOTLP
  }

  /// Opens the store, listens, serves.
  /// - Throws: ``StoreError`` if the store cannot be used, ``ListeningError`` if an address is taken, or must not be
  ///   listened on without TLS and a token.
  public func run() async throws {
    try configuration.validate()
    let store = try TraceStore(
      path: configuration.storage, maximumBytes: configuration.maximumBytes,
      queueBytes: configuration.maximumWaitingBytes, queryLimit: configuration.queryTimeout, logger: logger)
    let connections = OpenConnections(maximum: configuration.maximumConnections)
    let gates = gates(store, connections)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for path in configuration.logFiles {
        group.addTask { try await LogFollower(path: path, store: store).run() }
      }
      group.addTask { try await serve(gates, connections) }
      // Followers end only with their task, so that the first task to end is the server's.
      try await group.next()
      group.cancelAll()
    }
  }

  /// The checks of both ports.
  private struct Gates: Sendable {
    let main: RequestGate
    let otlp: RequestGate
  }

  /// Serves on both ports, the one for OTLP first, until both servers have ended.
  private func serve(_ gates: Gates, _ connections: OpenConnections) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let port = configuration.otlpPort {
        let (listening, listens) = AsyncStream.makeStream(of: Void.self)
        group.addTask {
          defer { listens.finish() }
          try await serve(gates.otlp, port, "otlp-port", connections) { port in
            await onListeningForOTLP(port)
            listens.yield()
          }
        }
        var first = listening.makeAsyncIterator()
        // A server that ended before it listened has thrown.
        if await first.next() == nil { try await group.waitForAll() }
      }
      group.addTask { try await serve(gates.main, configuration.port, "port", connections, onListening) }
      try await group.waitForAll()
    }
  }

  private func serve(
    _ gate: RequestGate, _ port: Int, _ option: StaticString, _ connections: OpenConnections,
    _ onListening: @escaping @Sendable (_ port: Int) async -> Void
  ) async throws {
    let requestTimeout = TimeAmount(configuration.requestTimeout)
    let http = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [
          ConnectionGuard(connections: connections, requestTimeout: requestTimeout, idleTimeout: .seconds(120))
        ],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
    let application = Application(
      responder: gate,
      server: try configuration.tls.map { try .tls(http, tlsConfiguration: $0.configuration()) } ?? http,
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: port), serverName: "spoor", backlog: 1024),
      onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
      logger: logger)
    do {
      try await application.run()
    } catch let error as IOError {
      throw ListeningError(option: option, host: configuration.host, port: port, error: error)
    }
  }

  private func gates(_ store: TraceStore, _ connections: OpenConnections) -> Gates {
    // Bodies have threads of their own, so that queries never keep out spans.
    let intake = QueryWorkers(threads: 2, maximumWaiting: 512)
    let spans = ZipkinRoutes(
      store: store, intake: SpanIntake(store: store, workers: intake, maximumCost: 3 * configuration.maximumBodyBytes),
      configuration: configuration)
    // Protobuf is denser than JSON.
    let otlpCost = 8 * configuration.maximumOTLPBodyBytes
    let otlp = OTLPRoutes(
      spans: SpanIntake(store: store, workers: intake, maximumCost: otlpCost),
      logs: OTLPLogIntake(store: store, workers: intake, maximumCost: otlpCost))
    let own = SpoorRoutes(
      store: store, intake: LogIntake(store: store, workers: intake), configuration: configuration)
    let bodies = BodyReader(configuration, workers: intake)
    let answers = BodyBudget(limit: configuration.maximumAnswerBytes)
    func gate(_ endpoints: [Endpoint]) -> RequestGate {
      RequestGate(
        endpoints: endpoints, provenance: Provenance(configuration), token: configuration.token.map(AccessToken.init),
        base: Endpoint.segments(of: configuration.basePath), connections: connections,
        bodies: bodies, answers: answers, logger: logger)
    }
    return Gates(
      main: gate(
        spans.endpoints + otlp.endpoints + own.endpoints + PageRoutes(basePath: configuration.basePath).endpoints),
      otlp: gate(otlp.endpoints))
  }
}
