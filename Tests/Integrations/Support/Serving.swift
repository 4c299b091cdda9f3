// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
import Logging
import NIOCore
package import ServiceLifecycle

/// Serves `router` on a free port of loopback while `body` runs, and stops gracefully afterwards.
///
/// The server's tasks are children of the caller's, so the tracer of an enclosing `withTracer` applies to them.
///
/// - Parameter services: run in the same service group, started before the server and stopped after it.
package nonisolated(nonsending) func serving<Result: Sendable>(
  _ router: Router<BasicRequestContext>, beside services: [any Service] = [],
  _ body: nonisolated(nonsending) (_ address: String) async throws -> Result
) async throws -> Result {
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
    onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: silent)
  let group = ServiceGroup(services: services + [application], logger: silent)
  return try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask {
      defer { port.finish() }
      try await group.run()
    }
    for await port in ports {
      let result: Result
      do {
        result = try await body("http://127.0.0.1:\(port)")
      } catch {
        tasks.cancelAll()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return result
    }
    try await tasks.waitForAll()
    throw ServerDidNotStart()
  }
}

/// The service group ended before the server listened.
package struct ServerDidNotStart: Error {}
