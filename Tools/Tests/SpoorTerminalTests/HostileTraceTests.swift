// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal
import Testing

private func span(
  _ id: UInt64, parent: UInt64? = nil, at start: Int64 = 1, for duration: Int64 = 1, name: String = "work"
) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: 1)), id: try #require(ZipkinSpanID(id)),
    parentID: parent.flatMap { ZipkinSpanID($0) }, name: name, timestamp: start, duration: duration,
    localEndpoint: ZipkinEndpoint(serviceName: "a"), tags: [ZipkinTag(key: "error", value: "")])
}

@Suite struct HostileTraceTests {
  @Test(arguments: [1 << 62, Int64.max, 1 << 57])
  func timesAtTheEndOfTheRangeAreShown(duration: Int64) throws {
    for start in [1, 1 << 62, Int64.max] as [Int64] {
      let spans = [
        try span(1, at: start, for: duration), try span(2, parent: 1, at: start, for: duration),
        try span(3, parent: 2, at: 1, for: duration),
      ]
      let lines = TraceView(tree: TraceTree(spans)).lines
      #expect(lines.count > 4 && lines[0].contains("3 spans"))
      #expect(
        !TraceDifference(TraceTree(spans), TraceTree([try span(1)])).lines(style: .init(isColoured: false)).isEmpty)
    }
  }

  /// Takes minutes if the work is quadratic in the number of spans.
  @Test func aTraceWhoseCriticalPathHasEverySpanIsShown() throws {
    let count: Int64 = 100_000
    // Ten long ones, so that the path has main nodes, and very many that follow each other.
    var spans = [try span(1, at: 1, for: count * 20)]
    for index in 0..<count {
      spans.append(try span(UInt64(index + 2), parent: 1, at: 1 + index * 10, for: index < 10 ? 1000 : 10))
    }
    #expect(TraceView(tree: TraceTree(spans)).lines.count > Int(count))
  }

  @Test func aChainIsComparedWithItself() throws {
    let chain = try (1...100_000).map { try span(UInt64($0), parent: $0 == 1 ? nil : UInt64($0 - 1)) }
    let difference = TraceDifference(TraceTree(chain), TraceTree(chain))
    #expect(difference.new.isEmpty && difference.missing.isEmpty && difference.slower.isEmpty)
  }

  @Test func aStackOfFlagsIsCutAtItsLastWord() {
    // Flag characters can only be found from the beginning of their run.
    let frame = "run(_:) at " + String(repeating: "\u{1F1E9}\u{1F1EA}", count: 20_000) + " at main.swift:1"
    let record = TraceView.Record(
      timestamp: "", level: "error", service: "", event: "", details: "", spanID: nil, stackTrace: frame)
    let lines = TraceView(tree: TraceTree([]), records: [record]).lines
    #expect(lines.contains { $0.hasSuffix("main.swift:1") })
  }

  @Test(arguments: [
    (Int64.min, "-153722867280 min -54 s"), (Int64.max, "153722867280 min 54 s"), (-1, "-1 µs"), (0, "0 µs"),
  ])
  func durationsAtTheEndsOfTheRangeAreShown(duration: Int64, text: String) {
    #expect(Durations.text(duration) == text)
  }
}
