import Logging
import ServiceLifecycle
import Tracing

/// Takes tasks from the table, each in the trace of the order that left it.
struct FulfilmentWorker: Service {
  /// How often an empty table is looked at again.
  static let pollInterval: Duration = .milliseconds(20)

  let tasks: TaskTable
  /// How long the packing of an order takes.
  let packingTime: Duration
  private let log = Logger(label: "fulfilment")

  init(pool: ConnectionPool, packingTime: Duration) {
    tasks = TaskTable(pool: pool)
    self.packingTime = packingTime
  }

  /// Works until the group shuts down; the task at hand is finished first.
  func run() async throws {
    for task in try await tasks.recoverInterrupted() {
      // In the trace of its order, as all that happens to a task.
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

  /// The next task. A table that cannot be read now is looked at again: others may hold it, and tasks do not run away.
  private func next() async -> FulfilmentTask? {
    do {
      return try await tasks.claim()
    } catch {
      log.error("tasks_not_read", error: error)
      return nil
    }
  }

  /// The consumer's side of the message hop.
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
