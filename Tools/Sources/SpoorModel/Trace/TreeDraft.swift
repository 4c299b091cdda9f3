/// A tree while it is being built: spans in the order received, then the gaps of missing parents.
struct TreeDraft {
  private(set) var nodes: [TraceTree.Node]

  init(_ spans: [ZipkinSpan]) {
    nodes = spans.map { TraceTree.Node(span: $0, id: $0.id) }
  }

  /// Gives every node its parent, making a node for each parent that was not received.
  mutating func connect() {
    var sides: [ZipkinSpanID: [Int]] = [:]
    sides.reserveCapacity(nodes.count)
    for (index, node) in nodes.enumerated() { sides[node.id, default: []].append(index) }
    for index in nodes.indices {
      guard let span = nodes[index].span else { continue }
      // The called side of a shared span is below the calling side.
      if span.shared, let caller = sides[span.id]?.first(where: { nodes[$0].span?.shared == false }) {
        nodes[index].parent = caller
        continue
      }
      guard let parentID = span.parentID else { continue }
      if let parent = parent(among: sides[parentID] ?? [], of: span) {
        nodes[index].parent = parent
      } else {
        nodes[index].parent = nodes.count
        sides[parentID] = [nodes.count]
        nodes.append(TraceTree.Node(span: nil, id: parentID))
      }
    }
  }

  /// Of the two sides of a shared parent, the one on the child's own host, else the calling side.
  private func parent(among candidates: [Int], of span: ZipkinSpan) -> Int? {
    guard candidates.count > 1 else { return candidates.first }
    let own = candidates.filter { nodes[$0].span?.serviceName == span.serviceName }
    return own.first { nodes[$0].span?.shared == true } ?? own.first
      ?? candidates.first { nodes[$0].span?.shared == false } ?? candidates.first
  }

  /// Makes a root of the earliest node of every circle.
  mutating func cutCircles() {
    // 0 unseen, otherwise the number of the walk that saw it: meeting one's own walk again is a circle.
    var seen = [Int](repeating: 0, count: nodes.count)
    for first in nodes.indices where seen[first] == 0 {
      var index = first
      while seen[index] == 0 {
        seen[index] = first + 1
        guard let parent = nodes[index].parent else { break }
        index = parent
      }
      guard seen[index] == first + 1, nodes[index].parent != nil else { continue }
      var earliest = index
      var next = index
      while let parent = nodes[next].parent, parent != index {
        next = parent
        if (nodes[next].span?.timestamp ?? .max) < (nodes[earliest].span?.timestamp ?? .max) { earliest = next }
      }
      nodes[earliest].parent = nil
    }
  }

  /// The indices of all nodes, every parent before its children.
  func topDown() -> [Int] {
    let children = childLists()
    var order = nodes.indices.filter { nodes[$0].parent == nil }
    var next = 0
    while next < order.count {
      order.append(contentsOf: children[order[next]])
      next += 1
    }
    return order
  }

  mutating func setSkew(_ skew: Int64, of index: Int) {
    nodes[index].skew = skew
  }

  /// The nodes in the order in which they are drawn, with everything that follows from it, and the roots among them.
  func laidOut() -> (nodes: [TraceTree.Node], roots: [Int]) {
    var children = childLists()
    for index in children.indices { children[index].sort { precedes($0, $1) } }
    // True roots first; then what hangs from a parent that is missing.
    let tops = nodes.indices.filter { nodes[$0].parent == nil }
      .sorted { one, other in
        let (isOne, isOther) = (nodes[one].span != nil, nodes[other].span != nil)
        return isOne == isOther ? precedes(one, other) : isOne
      }

    var result: [TraceTree.Node] = []
    result.reserveCapacity(nodes.count)
    var roots: [Int] = []
    var stack: [(index: Int, parent: Int?)] = tops.reversed().map { ($0, nil) }
    while let (index, parent) = stack.popLast() {
      let place = result.count
      var node = nodes[index]
      node.parent = parent
      if let parent {
        node.depth = result[parent].depth + 1
        result[parent].children.append(place)
      } else {
        roots.append(place)
      }
      node.children.reserveCapacity(children[index].count)
      result.append(node)
      stack.append(contentsOf: children[index].reversed().map { ($0, place) })
    }
    for place in result.indices.reversed() {
      result[place].subtreeEnd = result[place].children.last.map { result[$0].subtreeEnd } ?? place + 1
      result[place].selfTime = Self.selfTime(of: place, in: result)
    }
    return (result, roots)
  }

  /// What of a span's time none of its children covers, in microseconds.
  private static func selfTime(of place: Int, in nodes: [TraceTree.Node]) -> Int64 {
    guard let start = nodes[place].start, let end = nodes[place].end else { return 0 }
    var own = end - start
    // The children are sorted by start, so one sweep finds what they cover together.
    var covered = start
    for child in nodes[place].children {
      guard let childStart = nodes[child].start, let childEnd = nodes[child].end else { continue }
      let from = max(covered, childStart)
      let to = min(end, childEnd)
      if to > from {
        own -= to - from
        covered = to
      }
    }
    return own
  }

  private func childLists() -> [[Int]] {
    var children = [[Int]](repeating: [], count: nodes.count)
    for index in nodes.indices {
      if let parent = nodes[index].parent { children[parent].append(index) }
    }
    return children
  }

  /// By start; what has none comes last; then in the order received.
  private func precedes(_ one: Int, _ other: Int) -> Bool {
    let (start, otherStart) = (nodes[one].start ?? .max, nodes[other].start ?? .max)
    return start != otherStart ? start < otherStart : one < other
  }
}
