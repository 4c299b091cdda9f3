// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal

/// A connection is held until the end of a function that calls slow remote services.
struct PoolStarvationCase: Case {
  static let name = "pool-starvation"
  static let summary = "connections are held through slow remote calls: the pool runs out and orders take seconds"

  private static let load = Load(rate: 30, count: 150)

  func play(on stage: Stage) async throws -> Report {
    let fast = try await PoolPhase.play(
      "holds connections, inventory is fast", arguments: ["--keeps-connection"], on: stage, load: Self.load
    ) { .example("ORD-A\($0)") }

    await stage.stop(.inventory)
    try await stage.start([.inventory], arguments: ["--delay", "500"])
    let starved = try await PoolPhase.play(
      "holds connections, inventory is slow", arguments: ["--keeps-connection"], on: stage, load: Self.load
    ) { .example("ORD-B\($0)") }
    let sound = try await PoolPhase.play(
      "returns them early, inventory is slow", arguments: [], on: stage, load: Self.load
    ) { .example("ORD-C\($0)") }

    var report = Report()
    var table = PoolPhase.table
    report.figures = [
      Figure(
        what: "most orders waiting for a connection", before: "\(starved.counters.mostWaiting)",
        after: "\(sound.counters.mostWaiting)"),
      Figure(
        what: "p99", before: starved.result.percentile(0.99).inMilliseconds,
        after: sound.result.percentile(0.99).inMilliseconds),
    ]
    var use = Chart(title: "The pool while inventory is slow: connections held, and returned early", unit: "number")
    use.series = [
      .init(name: "held: waiting", style: .line, points: starved.samples.map { ($0.seconds, Double($0.waiting)) }),
      .init(name: "returned early: in use", style: .line, points: sound.samples.map { ($0.seconds, Double($0.inUse)) }),
      .init(name: "held: in use", style: .line, points: starved.samples.map { ($0.seconds, Double($0.inUse)) }),
    ]
    report.pictures = [Picture(name: "pool-use", chart: use)]
    for phase in [fast, starved, sound] { table.rows.append(phase.row) }
    report.tables = [table]

    let slowest = starved.result.outcomes.max { $0.took < $1.took }
    let traceID = slowest?.traceID ?? ""
    let tree = try await stage.reader.trace(traceID) { $0.nodes.contains { $0.title == "order-service: pool.acquire" } }
    let wait = tree.nodes.first { $0.title == "order-service: pool.acquire" }?.span
    let holders = wait?.tag("pool.holders")?.split(separator: " ").map(String.init) ?? []
    report.text = TraceView(tree: tree, records: try stage.directory.records(ofTrace: traceID)).lines
    report.traceID = traceID
    report.expect(
      "with a fast inventory an order takes tens of milliseconds", fast.result.percentile(0.5) < .milliseconds(200),
      found: fast.result.percentile(0.5).inMilliseconds)
    report.expect("with a slow one every connection is in use", starved.counters.mostInUse, equals: 10)
    report.expect("callers wait", starved.counters.mostWaiting >= 10, found: "\(starved.counters.mostWaiting)")
    report.expect(
      "orders take seconds", starved.result.percentile(0.99) > .seconds(2),
      found: starved.result.percentile(0.99).inMilliseconds)
    report.expect("the trace shows the wait", (wait?.duration ?? 0) > 1_000_000, found: "\(wait?.duration ?? 0) µs")
    report.expect("the span names the ten traces that hold the connections", Set(holders).count, equals: 10)
    let known = Set(starved.result.outcomes.map(\.traceID))
    report.expect("these are the traces of other orders", holders.allSatisfy { known.contains($0) && $0 != traceID })
    report.expect(
      "returned early, ten connections suffice", sound.counters.mostWaiting < starved.counters.mostWaiting / 4,
      found: "\(sound.counters.mostWaiting) waiting")
    report.expect(
      "returned early, orders take as long as the remote call", sound.result.percentile(0.5) < .milliseconds(900),
      found: sound.result.percentile(0.5).inMilliseconds)
    return report
  }
}
