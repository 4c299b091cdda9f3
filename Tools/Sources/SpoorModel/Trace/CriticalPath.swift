// SPDX-License-Identifier: Apache-2.0

/// The chain of work that determined the duration of a trace's root. If any part of it had been faster, so would the
/// root.
///
/// It is computed from the end: a span last waited for the child that ended last; before that child began, for the
/// child that ended last before then, and so on. Time that no child covers is the span's own. Continuations (messages
/// handled later) do not delay their parent and are not on the path.
public struct CriticalPath: Sendable {
  /// An interval in which one span determined the duration.
  public struct Segment: Sendable, Hashable {
    /// The node's index in the tree.
    public let node: Int
    /// Microseconds since 1970.
    public let start: Int64
    /// Microseconds since 1970.
    public let end: Int64

    /// The duration in microseconds.
    public var duration: Int64 { end.subtractingClamped(start) }
  }

  /// The segments in order of time, which together cover the root's duration.
  public let segments: [Segment]

  /// The path of a tree's first root; empty if it has no times.
  public init(_ tree: TraceTree) {
    guard let root = tree.roots.first(where: { tree.nodes[$0].start != nil }), let end = tree.nodes[root].end else {
      segments = []
      return
    }
    var found: [Segment] = []
    var stack: [Step] = [Step(node: root, cursor: end, tree: tree)]
    while var step = stack.popLast() {
      guard let start = tree.nodes[step.node].start else { continue }
      if let (child, childEnd) = step.nextChild(in: tree) {
        if step.cursor > childEnd { found.append(Segment(node: step.node, start: childEnd, end: step.cursor)) }
        step.cursor = max(start, tree.nodes[child].start ?? start)
        stack.append(step)
        stack.append(Step(node: child, cursor: childEnd, floor: step.cursor, tree: tree))
      } else {
        let floor = max(start, step.floor)
        if step.cursor > floor { found.append(Segment(node: step.node, start: floor, end: step.cursor)) }
      }
    }
    segments = found.reversed()
  }

  /// The own time of each node on the path, in microseconds.
  public var ownTimes: [Int: Int64] {
    segments.reduce(into: [:]) { $0[$1.node] = ($0[$1.node] ?? 0).addingClamped($1.duration) }
  }

  /// A span on the path, with the progress of the walk.
  private struct Step {
    let node: Int
    var cursor: Int64
    let floor: Int64
    /// The children that may have delayed it; the one that ended last is at the end.
    private var candidates: [Int]

    init(node: Int, cursor: Int64, floor: Int64 = .min, tree: TraceTree) {
      self.node = node
      self.cursor = cursor
      self.floor = floor
      candidates = tree.nodes[node].children
        .filter { tree.nodes[$0].start != nil && !tree.isContinuation($0) }
        .sorted { (tree.nodes[$0].end ?? .min) < (tree.nodes[$1].end ?? .min) }
      isAtEnd = true
    }

    /// Whether no child has been found yet. Only then may a child outlast the span, because clocks are inexact.
    private var isAtEnd: Bool

    mutating func nextChild(in tree: TraceTree) -> (child: Int, end: Int64)? {
      let floor = max(floor, tree.nodes[node].start ?? .min)
      while let child = candidates.popLast() {
        guard let start = tree.nodes[child].start, let end = tree.nodes[child].end else { continue }
        if start >= cursor || end <= floor { continue }
        if end > cursor, !isAtEnd { continue }
        isAtEnd = false
        return (child, min(end, cursor))
      }
      return nil
    }
  }
}
