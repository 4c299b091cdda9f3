// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import Tracing

/// Processes tasks from the table, each in the trace of its order.
struct FulfilmentWorker: Service {
  /// How long the worker waits before it polls an empty table again.
  static let pollInterval: Duration = .milliseconds(20)

  let tasks: TaskTable
  /// The time to pack an order.
  let packingTime: Duration
  private let log = Logger(label: "fulfilment")

  init(pool: ConnectionPool, packingTime: Duration) {
    tasks = TaskTable(pool: pool)
    self.packingTime = packingTime
  }

  /// Processes tasks until the group shuts down. The current task is finished first.
  func run() async throws {
    for task in try await tasks.recoverInterrupted() {
      // Logged in the trace of the task's order.
      ServiceContext.$current.withValue(Telemetry.context(of: task.headers)) {
        log.notice("task_recovering", metadata: ["order_id": "\(task.orderID)", "task": "\(task.name)"])
      }
    }
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      if let task = await next() {
        await fulfil(task)
      } else {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.pollInterval) }
      }
    }
  }

  /// Returns the next task, or `nil` if there is none or the table cannot be read. A failed read is logged and tried
  /// again later.
  private func next() async -> FulfilmentTask? {
    do {
      return try await tasks.claim()
    } catch {
      log.error("tasks_not_read", error: error)
      return nil
    }
  }

  /// Processes one task: the consumer's side of the message hop.
  private func fulfil(_ task: FulfilmentTask) async {
    do {
      try await withSpan("fulfil order", context: Telemetry.context(of: task.headers), ofKind: .consumer) { span in
        span.attributes["messaging.destination.name"] = "tasks"
        span.attributes["messaging.message.id"] = task.name
        span.attributes["messaging.delivery.attempt"] = task.attempts
        log.info(
          "fulfilment_started",
          metadata: [
            "order_id": "\(task.orderID)", "task": "\(task.name)", "attempt": .stringConvertible(task.attempts),
          ])
        try await withSpan("pack") { _ in try await Task.sleep(for: packingTime) }
        try await tasks.finish(task)
        log.info("order_fulfilled", metadata: ["order_id": "\(task.orderID)", "task": "\(task.name)"])
      }
    } catch {
      log.error("fulfilment_failed", error: error, metadata: ["order_id": "\(task.orderID)", "task": "\(task.name)"])
    }
  }
}
