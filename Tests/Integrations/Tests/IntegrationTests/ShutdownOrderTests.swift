// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import IntegrationSupport
import Logging
import ServiceLifecycle
import Spoor
import Testing
import Tracing

/// swift-service-lifecycle with a real server and Spoor in one group. (The library's tests cover this without a
/// server.)
@Suite struct ShutdownOrderTests {
  /// The progress of the request.
  private actor Progress {
    private var hasArrived = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func arrive() {
      hasArrived = true
      for continuation in waiting { continuation.resume() }
      waiting = []
    }

    func arrived() async {
      if hasArrived { return }
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  /// One test, because a process bootstraps once.
  @Test func aRequestThatIsBeingServedAtShutdownIsAnsweredAndItsSpansAreDelivered() async throws {
    let collector = Mailbox()
    let collectorRoutes = Router()
    collector.addRoutes(to: collectorRoutes, at: "api/v2/spans", status: .accepted)

    try await serving(collectorRoutes) { collectorAddress in
      var configuration = SpoorConfiguration()
      configuration.export.endpoints = [collectorAddress + "/api/v2/spans"]
      configuration.journal.location = .memory
      let spoor = try SpoorSystem.bootstrap(service: "orders", configuration: configuration, install: [])
      let progress = Progress()
      let router = Router()
      router.add(middleware: TracingMiddleware())
      router.post("orders") { _, _ -> HTTPResponse.Status in
        await progress.arrive()
        // Continues when the group has been told to stop.
        try? await gracefulShutdown()
        await withSpan("while stopping") { _ in await Task.yield() }
        return .created
      }
      let status = try await withTracer(spoor.tracer) {
        try await Caller.with { caller in
          // `serving` stops the group as soon as its body returns.
          let answer = try await serving(router, beside: [spoor]) { address in
            let answer = Task { try await caller.post(address + "/orders").status }
            await progress.arrived()
            return answer
          }
          return try await answer.value
        }
      }
      #expect(status == 201)
    }

    let bodies = collector.letters.map(\.body).joined()
    #expect(bodies.contains("\"while stopping\"") && bodies.contains("\"/orders\""))
    #expect(collector.letters.allSatisfy { $0["b3"] == ["0"] })
  }
}
