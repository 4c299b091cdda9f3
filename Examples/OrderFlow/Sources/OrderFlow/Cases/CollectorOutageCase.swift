// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SpoorModel

/// The collector stops, then refuses, then returns. No request waits for it, and no span is lost.
struct CollectorOutageCase: Case {
  static let name = "collector-outage"
  static let summary =
    "the collector stops, answers 503 and 429, and returns; no request is slower and no span is lost"
  static let services: [ServiceRole] = []

  private static let load = Load(rate: 20, count: 40)

  func play(on stage: Stage) async throws -> Report {
    try await CollectorFront.with(stage) { try await play(on: stage, behind: $0) }
  }

  private func play(on stage: Stage, behind front: CollectorFront) async throws -> Report {
    await stage.sendSpans(to: await front.address)
    try await stage.start(ServiceRole.allCases)
    let client = try await stage.orderClient()
    var report = Report()
    var table = Table("the collector", "orders", "success", "p50", "p99", "requests refused")
    var results: [LoadResult] = []
    func phase(_ name: String, _ letter: String) async throws {
      let before = await front.refused
      let result = try await Self.load.run { number in
        try await client.outcome(of: .example("ORD-\(letter)\(number)"))
      }
      table.add(
        name, "\(result.outcomes.count)", result.successText, result.percentile(0.5).inMilliseconds,
        result.percentile(0.99).inMilliseconds, "\(await front.refused - before)")
      results.append(result)
    }
    // The first requests find empty caches and no connections.
    _ = try await Load(rate: 20, count: 10).run { try await client.outcome(of: .example("ORD-W\($0)")) }
    try await phase("takes spans", "A")
    await front.stop()
    try await phase("is down", "B")
    await front.set(.refuse(.serviceUnavailable))
    try await front.start()
    try await phase("answers 503", "C")
    await front.set(.refuse(.tooManyRequests, retryAfterSeconds: 1))
    try await phase("answers 429", "D")
    await front.set(.passOn)
    try await phase("accepts spans again", "E")

    let traces = results.flatMap(\.outcomes).map(\.traceID)
    var spans = 0
    let expected = TraceCase.expected.count
    for trace in traces {
      let tree = try await stage.reader.trace(trace, within: .seconds(60)) { $0.spanCount >= expected }
      spans += tree.spanCount
    }
    report.tables = [table]
    report.traceID = results[1].outcomes.last?.traceID
    report.expect("all orders are accepted", results.allSatisfy { $0.success == 1 })
    report.expect("requests were refused", await front.refused > 0)
    report.expect("every span arrives exactly once", spans, equals: traces.count * expected)
    let baseline = results[0].percentile(0.5)
    for (result, name) in zip(results.dropFirst(), ["not there", "503", "429", "back"]) {
      // Other programs run on this machine, so the limit is generous: a service that waits for the collector would take
      // seconds.
      report.expect(
        "no slower while \(name)", result.percentile(0.5) < baseline * 2 + .milliseconds(50),
        found: "p50 \(result.percentile(0.5).inMilliseconds), before \(baseline.inMilliseconds)")
    }
    return report
  }
}
