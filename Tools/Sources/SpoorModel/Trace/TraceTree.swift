// SPDX-License-Identifier: Apache-2.0

/// A trace as a tree: each span below its parent, with corrected times and nodes for missing spans.
///
/// The nodes are in display order, a parent before its children, so that a subtree is a range of indices. Building it
/// is linear except for the sorting of siblings, and uses no recursion, so a chain of 100 000 spans is handled like a
/// flat trace. A cycle of parents is cut at its earliest span.
public struct TraceTree: Sendable {
  /// One span of the tree, or the gap that a missing parent leaves.
  public struct Node: Sendable {
    /// The span; `nil` for a parent that other spans name but that was not received.
    public let span: ZipkinSpan?
    /// The identifier of the span, known even of one that was not received.
    public let id: ZipkinSpanID
    /// The index of the node above.
    public internal(set) var parent: Int?
    /// The indices of the nodes below, by start.
    public internal(set) var children: [Int] = []
    /// The number of ancestors.
    public internal(set) var depth = 0
    /// The index after the last node of the subtree that begins with this one.
    public internal(set) var subtreeEnd = 0
    /// Microseconds that were added to the span's times because its host's clock differs from its caller's.
    public internal(set) var skew: Int64 = 0
    /// The time in microseconds in which no child was active.
    public internal(set) var selfTime: Int64 = 0

    /// The corrected start in microseconds since 1970; `nil` if unknown.
    public var start: Int64? { span?.timestamp.map { $0.addingClamped(skew) } }
    /// The corrected end in microseconds since 1970; `nil` if the start is unknown.
    public var end: Int64? { span?.end.map { $0.addingClamped(skew) } }
  }

  /// The trace's identifier; `nil` only if there are no spans.
  public let traceID: ZipkinTraceID?
  /// All nodes, parents before children.
  public let nodes: [Node]
  /// The indices of the nodes without a parent: the root, then nodes that are cut off from it.
  public let roots: [Int]

  /// The earliest start in microseconds since 1970; 0 when no span has one.
  public let start: Int64
  /// The latest end in microseconds since 1970; never before ``start``.
  public let end: Int64

  /// The time from the first start to the last end, in microseconds.
  public var duration: Int64 { end.subtractingClamped(start) }

  /// The tree of one trace's spans.
  ///
  /// - Parameters:
  ///   - spans: the spans as received, in any order, in pieces or repeated.
  ///   - correctsSkew: whether differing clocks are corrected by the rules of ``ClockSkew``.
  public init(_ spans: [ZipkinSpan], correctsSkew: Bool = true) {
    var draft = TreeDraft(TraceMerge.merged(spans))
    draft.connect()
    draft.cutCircles()
    if correctsSkew { ClockSkew.correct(&draft) }
    let (nodes, roots) = draft.laidOut()
    self.nodes = nodes
    self.roots = roots
    traceID = spans.first?.traceID
    start = nodes.lazy.compactMap(\.start).min() ?? 0
    end = max(start, nodes.lazy.compactMap(\.end).max() ?? 0)
  }

  /// The span after which the trace is named: the first root, or the first span below a missing one.
  public var rootSpan: ZipkinSpan? {
    guard let first = roots.first else { return nil }
    return nodes[first].span ?? nodes[first].children.first.flatMap { nodes[$0].span }
  }

  /// The number of spans, without missing ones.
  public var spanCount: Int { nodes.count { $0.span != nil } }

  /// The number of failed spans.
  public var errorCount: Int { nodes.count { $0.span?.isError == true } }

  /// The services, in the order in which they appear.
  public var services: [String] {
    var seen: Set<String> = []
    return nodes.compactMap(\.span?.serviceName).filter { seen.insert($0).inserted }
  }

  /// Whether the node continues its parent's work after it, rather than being a part of it: it handles a message, or
  /// begins after its parent's end.
  public func isContinuation(_ index: Int) -> Bool {
    guard let above = nodes[index].parent, let parent = nodes[above].span, let span = nodes[index].span else {
      return false
    }
    if span.kind == .consumer || parent.kind == .producer { return true }
    guard parent.duration != nil, let start = nodes[index].start, let end = nodes[above].end else { return false }
    return start >= end
  }
}

extension TraceTree {
  /// Whether a node failed and none below it did: there the failure began, as far as the trace shows.
  public func isInnermostFailure(_ index: Int) -> Bool {
    guard nodes[index].span?.isError == true else { return false }
    return !((index + 1)..<nodes[index].subtreeEnd).contains { nodes[$0].span?.isError == true }
  }
}
