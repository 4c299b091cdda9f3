import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// A Zipkin-compatible collector and query service that also takes JSON log records and joins them to traces.
///
/// `run()` serves until the service group shuts down or the task is cancelled.
public struct Collector: Service {
  private let configuration: CollectorConfiguration
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) async -> Void

  /// - Parameters:
  ///   - configuration: where to listen and how much to hold.
  ///   - logger: for what the server has to say.
  ///   - onListening: is told the bound port once connections are accepted.
  public init(
    configuration: CollectorConfiguration = CollectorConfiguration(), logger: Logger = Logger(label: "spoor.collect"),
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.logger = logger
    self.onListening = onListening
  }

  /// Opens the store, listens, serves.
  /// - Throws: when the store's file cannot be opened or the address is taken.
  public func run() async throws {
    let store = try TraceStore(
      path: configuration.storage, maximumBytes: configuration.maximumBytes,
      queueBytes: configuration.maximumWaitingBytes)
    let bodies = BodyReader(configuration)
    let router = Router()
    router.add(middleware: SafeAnswers())
    if configuration.isLoopback { router.add(middleware: LoopbackOnly()) }
    ZipkinRoutes(store: store, bodies: bodies, configuration: configuration).add(to: router)
    SpoorRoutes(store: store, bodies: bodies, configuration: configuration).add(to: router)
    PageRoutes().add(to: router)
    let connections = OpenConnections(maximum: configuration.maximumConnections)
    let requestTimeout = TimeAmount(configuration.requestTimeout)
    let application = Application(
      router: router,
      server: .http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: [
            ConnectionGuard(connections: connections, requestTimeout: requestTimeout, idleTimeout: .seconds(120))
          ],
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port), serverName: "spoor", backlog: 1024),
      onServerRunning: { [onListening] channel in await onListening(channel.localAddress?.port ?? 0) },
      logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for path in configuration.logFiles {
        group.addTask { try await LogFollower(path: path, store: store).run() }
      }
      group.addTask { try await application.run() }
      // Whoever ends first ends all: followers end with their task only.
      try await group.next()
      group.cancelAll()
    }
  }
}

/// Refuses requests that a web page somewhere sent here by a name that it made resolve to this machine (DNS rebinding),
/// and writes from pages of other origins.
struct LoopbackOnly<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard let authority = request.head.authority, Self.isLoopback(authority) else {
      throw HTTPError(.forbidden, message: "This collector serves this machine only: expected a Host of localhost")
    }
    if let origin = request.headers[.origin], origin != "null" || request.method == .post {
      let host = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last.map(String.init) ?? ""
      guard Self.isLoopback(host) else {
        throw HTTPError(.forbidden, message: "This collector takes requests of its own page only")
      }
    }
    return try await next(request, context)
  }

  private static func isLoopback(_ authority: String) -> Bool {
    let host: Substring
    if authority.hasPrefix("[") {
      host = authority.dropFirst().prefix { $0 != "]" }
    } else {
      host = authority.prefix { $0 != ":" }
    }
    return host == "localhost" || host == "::1"
      || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
  }
}
