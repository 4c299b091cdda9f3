/// The chain of work that decided how long a trace's root took: had any of it been faster, so had the whole.
///
/// It is walked from the end: what a span waited for last is the child that ended last; before that child began, the
/// child that ended last before then, and so on. What no child covers is the span's own. Continuations (messages taken
/// up later) do not hold up their parent and are not on it.
public struct CriticalPath: Sendable {
  /// A stretch of time in which one span was what everything waited for.
  public struct Segment: Sendable, Hashable {
    /// The node's index in the tree.
    public let node: Int
    /// Microseconds since 1970.
    public let start: Int64
    /// Microseconds since 1970.
    public let end: Int64

    /// Microseconds.
    public var duration: Int64 { end - start }
  }

  /// The stretches in the order of time; together they are the root's duration.
  public let segments: [Segment]

  /// The path of a tree's first root; empty when it has no times.
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

  /// How long each node is on the path by itself, in microseconds.
  public var ownTimes: [Int: Int64] {
    segments.reduce(into: [:]) { $0[$1.node, default: 0] += $1.duration }
  }

  /// A span on the path, as far as it has been walked.
  private struct Step {
    let node: Int
    var cursor: Int64
    let floor: Int64
    /// The children that may have held it up, the one that ended last at the end.
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

    /// Whether nothing has been found yet: only then may a child outlive the span, by the inexactness of clocks.
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
