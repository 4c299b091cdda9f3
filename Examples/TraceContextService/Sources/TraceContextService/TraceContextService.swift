// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Spoor
import TraceContextRelay
import UnixSignals

/// The service for the W3C's trace-context test suite: `trace-context-service [PORT [NAME]]`, on loopback, port 7778 by
/// default. With port 0 the system chooses, and the record `service_started` has the port.
@main
struct TraceContextService {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let name = arguments.count > 2 ? arguments[2] : "trace-context-service"
    let spoor = try SpoorSystem.bootstrap(service: name)
    let log = Logger(label: name)
    guard let port = arguments.count > 1 ? UInt16(arguments[1]) : 7778 else {
      log.critical("not_a_port", metadata: ["argument": .string(arguments[1])])
      await spoor.shutdown()
      return
    }

    // After the bootstrap, because the client keeps the tracer that it finds when it is created.
    let http = HTTPClient()
    let router = Router()
    router.add(middleware: TracingMiddleware())
    TraceContextRelay(http: http).addRoutes(to: router)
    let application = Application(
      router: router,
      configuration: .init(address: .hostname("127.0.0.1", port: Int(port))),
      onServerRunning: { channel in
        log.info("service_started", metadata: ["port": .stringConvertible(channel.localAddress?.port ?? 0)])
      },
      logger: log)
    // First in the list, so that Spoor stops last.
    let group = ServiceGroup(
      services: [spoor, application], gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
    do {
      try await group.run()
    } catch {
      log.critical("service_failed", error: error)
    }
    try await http.shutdown()
  }
}
