// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorModel

private func span(
  _ id: UInt64, parent: UInt64? = nil, kind: ZipkinSpan.Kind? = nil, service: String? = nil, at time: Int64? = nil,
  for duration: Int64? = nil, tags: [ZipkinTag] = [], shared: Bool = false
) throws -> ZipkinSpan {
  ZipkinSpan(
    traceID: try #require(ZipkinTraceID(high: 0, low: 1)), id: try #require(ZipkinSpanID(id)),
    parentID: parent.flatMap { ZipkinSpanID($0) }, kind: kind, name: "work", timestamp: time, duration: duration,
    localEndpoint: service.flatMap { ZipkinEndpoint(serviceName: $0) }, tags: tags, shared: shared)
}

/// Each of these takes hours if the work is quadratic in the number of spans.
@Suite struct TraceMergeTests {
  private static let many = 120_000

  @Test func spansOfOneIdentifierWithDifferentEndpointsStayApart() throws {
    let spans = try (0..<Self.many).map { try span(1, service: "s\($0)") }
    #expect(TraceMerge.merged(spans) == spans)
    #expect(TraceTree(spans).spanCount == Self.many)
  }

  @Test func piecesOfOneSpanWithDifferentTagsBecomeOneSpan() throws {
    let spans = try (0..<Self.many).map { try span(1, service: "s", tags: [ZipkinTag(key: "k\($0)", value: "v")]) }
    let merged = TraceMerge.merged(spans)
    #expect(merged.count == 1 && merged[0].tags.count == Self.many)
  }

  @Test func childrenOfAnIdentifierWithManySidesFindTheirParent() throws {
    let sides = try (0..<Self.many).map { try span(1, kind: .server, service: "s\($0)", shared: true) }
    let children = try (0..<Self.many).map { try span(UInt64($0 + 2), parent: 1, service: "s\($0)") }
    let tree = TraceTree(sides + children)
    for node in tree.nodes where node.id.value > 1 {
      let parent = try #require(node.parent)
      #expect(tree.nodes[parent].span?.serviceName == node.span?.serviceName)
    }
  }

  @Test func callsBelowALongChainOfLocalSpansAreCountedForItsCaller() throws {
    let half = Self.many / 2
    let root = [try span(1, kind: .server, service: "front")]
    let chain = try (2...half).map { try span(UInt64($0), parent: UInt64($0 - 1), service: "front") }
    let calls = try (0..<half).map {
      try span(UInt64(half + $0 + 1), parent: UInt64(half), kind: .server, service: "back")
    }
    var links = DependencyLinks()
    links.add(TraceTree(root + chain + calls))
    #expect(links.links.map { [$0.parent, $0.child] } == [["front", "back"]])
    #expect(links.links.first?.callCount == half)
  }

  @Test func thePiecesOfASpanAreMergedWhateverTheirOrder() throws {
    let begun = try span(1, at: 5)
    let ended = try span(1, service: "a", at: 7, for: 9, tags: [ZipkinTag(key: "error", value: "")])
    for pieces in [[begun, ended], [ended, begun]] {
      let merged = TraceMerge.merged(pieces)
      #expect(merged.count == 1)
      #expect(merged[0].timestamp == 5 && merged[0].duration == 9)
      #expect(merged[0].serviceName == "a" && merged[0].isError)
    }
    // A second endpoint is a second span.
    #expect(TraceMerge.merged([begun, ended, try span(1, service: "b")]).count == 2)
  }

  @Test func timesAtTheEndOfTheRangeDoNotTrap() throws {
    let times: [Int64] = [1, 1 << 62, .max]
    var spans: [ZipkinSpan] = []
    for (index, start) in times.enumerated() {
      for (other, duration) in times.enumerated() {
        let id = UInt64(1 + index * 3 + other)
        spans.append(
          try span(
            id, parent: id == 1 ? nil : id / 2, kind: id % 2 == 0 ? .client : .server, service: "s\(id % 2)",
            at: start, for: duration))
      }
    }
    let tree = TraceTree(spans)
    #expect(tree.duration == .max - 1 && tree.nodes.allSatisfy { $0.selfTime >= 0 })
    #expect(!CriticalPath(tree).segments.isEmpty)
  }

  @Test func tracesThatShareTheLowerHalfOfTheirIdsAreApartUnlessOneHas64Bits() throws {
    let id = { try #require(ZipkinTraceID(high: $0, low: 7)) }
    let (narrow, one, other) = (try id(0), try id(1), try id(2))
    let spans = [narrow, one, other].compactMap { traceID in
      ZipkinSpanID(1).map { ZipkinSpan(traceID: traceID, id: $0) }
    }
    let groups = TraceIdentities.grouped(spans)
    #expect(groups.map(\.id) == [one, other])
    #expect(groups.map { $0.spans.map(\.traceID) } == [[narrow, one], [other]])
    #expect(narrow.mayBeTrace(of: one) && !one.mayBeTrace(of: other))
  }
}
