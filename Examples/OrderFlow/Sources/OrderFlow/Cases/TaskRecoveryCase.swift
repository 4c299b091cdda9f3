// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// The worker is killed during a task. Its next start resumes the task in the same trace.
struct TaskRecoveryCase: Case {
  static let name = "task-recovery"
  static let summary = "the worker is killed during task T1001, and its next start finishes the task in the same trace"
  static let services = ServiceRole.allCases.filter { $0 != .worker }

  func play(on stage: Stage) async throws -> Report {
    let pool = ConnectionPool(path: stage.directory.orderDatabase)
    defer { pool.close() }
    let tasks = TaskTable(pool: pool)
    var report = Report()
    var table = Table("what happened", "task", "taken up")
    func note(_ what: String) async throws -> String {
      let status = try await tasks.status(of: "T1001")
      table.add(what, status?.state ?? "–", "\(status?.attempts ?? 0)")
      return status?.state ?? "none"
    }

    // Packing takes longer than the worker lives.
    try await stage.start([.worker], arguments: ["--packing-time", "600000"])
    let answer = try await stage.orderClient().place(.example("ORD1001"))
    let traceID = answer.traceID
    func records(_ event: String) throws -> [LogRecord] {
      try stage.directory.records(ofTrace: traceID).filter { $0.event == event }
    }
    try await eventually("the worker has begun") { try records("fulfilment_started").first }
    report.expect("the worker is running the task", try await note("the worker packs"), equals: "running")

    await stage.kill(.worker)
    report.expect("the task is still marked as running", try await note("kill -9"), equals: "running")

    try await stage.start([.worker])
    try await eventually("the task is done") { try records("order_fulfilled").first }
    report.expect("it is done", try await note("the next start"), equals: "done")
    report.expect("it was started twice in all", try await tasks.status(of: "T1001")?.attempts, equals: 2)
    report.expect("the restart logs one record in the order's trace", try records("task_recovering").count, equals: 1)
    report.expect(
      "the attempts are counted", try records("fulfilment_started").compactMap { $0.fields["attempt"] },
      equals: [.number(1), .number(2)])
    report.expect("the order is fulfilled once", try records("order_fulfilled").count, equals: 1)

    let tree = try await stage.reader.trace(traceID) { tree in
      tree.nodes.contains { $0.title == "fulfilment-worker: update tasks" }
    }
    let second = tree.nodes.first {
      $0.title == "fulfilment-worker: fulfil order" && $0.span?.tag("messaging.delivery.attempt") == "2"
    }
    report.expect(
      "the parent of the second attempt is the span that enqueued the task",
      second?.parent.map { tree.nodes[$0].title }, equals: "order-service: enqueue fulfilment")
    report.tables = [table]
    report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: traceID)).lines
    report.traceID = traceID
    return report
  }
}
