// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Spoor
import SpoorHummingbird
import UnixSignals

/// What every process of the order flow has in common: telemetry, an HTTP server and clients.
struct ServiceProcess: Sendable {
  let role: ServiceRole
  let options: ServiceOptions
  let http: HTTPClient
  let log: Logger
  private let spoor: SpoorSystem

  /// Installs telemetry first, because the HTTP client keeps the tracer that it finds when it is created.
  init(_ role: ServiceRole, options: ServiceOptions) throws {
    self.role = role
    self.options = options
    spoor = try Telemetry.start(role)
    log = Logger(label: role.rawValue)
    http = .many()
    if options.withParent { ParentWatch.start() }
  }

  /// Makes a client of another service.
  func client(_ service: ServiceRole, at address: String) -> ServiceClient {
    ServiceClient(service: service.rawValue, address: address, http: http)
  }

  /// Serves `routes` until SIGTERM or SIGINT. `/health` is served without a trace; once it answers, the port is in the
  /// run directory.
  ///
  /// - Parameter pool: its counters are served at `/pool`, also without a trace.
  func run(
    services: [any Service] = [], pool: ConnectionPool? = nil, routes: (Router<BasicRequestContext>) -> Void
  ) async throws {
    let router = Router()
    // Routes get the middleware that was added before them.
    router.get("health") { _, _ in HTTPResponse.Status.ok }
    if let pool { router.get("pool") { _, _ in try Response.json(pool.counters) } }
    router.addTracing()
    routes(router)
    let application = Application(
      router: router,
      configuration: .init(address: .hostname(options.listen, port: options.port)),
      onServerRunning: { channel in
        guard let port = channel.localAddress?.port else { return }
        do {
          try RunDirectory(path: options.directory).announce(role.rawValue, port: port)
        } catch {
          log.error("port_not_announced", error: error)
        }
        log.info("service_started", metadata: ["port": .stringConvertible(port), "reason": "\(options.startReason)"])
      },
      logger: log)
    let group = ServiceGroup(
      configuration: .init(
        services: [spoor] + services + [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
    do {
      try await group.run()
    } catch {
      log.critical("service_failed", error: error)
      try? await http.shutdown()
      throw error
    }
    try await http.shutdown()
  }
}
