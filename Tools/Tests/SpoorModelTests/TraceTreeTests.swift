// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorModel

private func span(
  _ id: UInt64, parent: UInt64? = nil, kind: ZipkinSpan.Kind? = nil, at start: Int64 = 1, for duration: Int64 = 10,
  service: String = "a", shared: Bool = false
) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: 1)), id: try #require(ZipkinSpanID(id)),
    parentID: parent.flatMap { ZipkinSpanID($0) }, kind: kind, name: "s\(id)", timestamp: start, duration: duration,
    localEndpoint: ZipkinEndpoint(serviceName: service), shared: shared)
}

@Suite struct TraceTreeTests {
  @Test func spansLieBelowTheirParentsInOrderOfTime() throws {
    let tree = TraceTree([
      try span(3, parent: 1, at: 6, for: 3), try span(2, parent: 1, at: 2, for: 3), try span(1, at: 1, for: 10),
    ])
    #expect(tree.nodes.map(\.id.value) == [1, 2, 3])
    #expect(tree.nodes.map(\.depth) == [0, 1, 1])
    #expect(tree.nodes[0].selfTime == 4)
  }

  @Test func aMissingParentIsShownAsMissing() throws {
    let tree = TraceTree([try span(2, parent: 9)])
    #expect(tree.nodes.count == 2 && tree.nodes[0].span == nil && tree.nodes[0].id.value == 9)
    #expect(tree.spanCount == 1)
  }

  @Test func aCircleIsCutOpen() throws {
    let tree = TraceTree([try span(1, parent: 2, at: 1), try span(2, parent: 1, at: 2)])
    #expect(tree.nodes.map(\.id.value) == [1, 2] && tree.roots == [0])
  }

  @Test func theServerSideOfASharedSpanLiesBelowTheClientSide() throws {
    let tree = TraceTree([
      try span(1, kind: .server, service: "b", shared: true), try span(1, kind: .client, service: "a"),
    ])
    #expect(tree.nodes.map(\.span?.serviceName) == ["a", "b"] && tree.nodes[1].parent == 0)
  }

  @Test func theCriticalPathIsWhatEverythingWaitedFor() throws {
    let tree = TraceTree([
      try span(1, at: 0 + 1, for: 100), try span(2, parent: 1, at: 11, for: 20),
      try span(3, parent: 1, at: 31, for: 60),
    ])
    let path = CriticalPath(tree).segments
    #expect(path.map { tree.nodes[$0.node].id.value } == [1, 2, 3, 1])
    #expect(path.reduce(0) { $0 + $1.duration } == 100)
  }

  @Test func aChainOfAHundredThousandIsNoProblem() throws {
    let spans = try (1...100_000).map { try span(UInt64($0), parent: $0 == 1 ? nil : UInt64($0 - 1)) }
    #expect(TraceTree(spans).nodes.last?.depth == 99_999)
  }
}
