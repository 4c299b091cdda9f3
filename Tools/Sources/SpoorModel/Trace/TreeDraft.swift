// SPDX-License-Identifier: Apache-2.0

/// A tree under construction: spans in the order received, then a node for each missing parent.
struct TreeDraft {
  private(set) var nodes: [TraceTree.Node]

  init(_ spans: [ZipkinSpan]) {
    nodes = spans.map { TraceTree.Node(span: $0, id: $0.id) }
  }

  /// Connects every node to its parent, and adds a node for each parent that was not received.
  mutating func connect() {
    var sides: [ZipkinSpanID: Sides] = [:]
    sides.reserveCapacity(nodes.count)
    for index in nodes.indices { sides[nodes[index].id, default: Sides()].add(index, nodes[index].span) }
    for index in nodes.indices {
      guard let span = nodes[index].span else { continue }
      // The called side of a shared span is below the calling side.
      if span.shared, let caller = sides[span.id]?.caller {
        nodes[index].parent = caller
        continue
      }
      guard let parentID = span.parentID else { continue }
      if let parent = sides[parentID]?.parent(ofChildOf: span.serviceName) {
        nodes[index].parent = parent
      } else {
        nodes[index].parent = nodes.count
        sides[parentID, default: Sides()].add(nodes.count, nil)
        nodes.append(TraceTree.Node(span: nil, id: parentID))
      }
    }
  }

  /// The nodes of one identifier, found without a walk, because there may be as many as the trace has spans.
  private struct Sides {
    private struct Own {
      let first: Int
      var called: Int?
    }

    private var first: Int?
    /// The first node that is not the called side of a shared span.
    private(set) var caller: Int?
    /// The nodes of the first service are kept separately, because nearly every identifier has only one service and
    /// then needs no dictionary.
    private var service: String?
    private var own: Own?
    private var others: [String?: Own] = [:]

    mutating func add(_ index: Int, _ span: ZipkinSpan?) {
      if first == nil { first = index }
      guard let span else { return }
      if !span.shared, caller == nil { caller = index }
      if own == nil { service = span.serviceName }
      var known = nodes(of: span.serviceName) ?? Own(first: index)
      if span.shared, known.called == nil { known.called = index }
      if service == span.serviceName { own = known } else { others[span.serviceName] = known }
    }

    private func nodes(of service: String?) -> Own? { service == self.service ? own : others[service] }

    /// The parent node of a child that `service` recorded: the side on the child's own host, otherwise the calling
    /// side.
    func parent(ofChildOf service: String?) -> Int? {
      let own = nodes(of: service)
      return own?.called ?? own?.first ?? caller ?? first
    }
  }

  /// Makes the earliest node of every cycle a root.
  mutating func cutCircles() {
    // 0 if unseen, otherwise the number of the walk that saw the node. Meeting a node of the current walk means a
    // cycle.
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

  /// The nodes in display order, with depths, subtree ends and self times, and the roots among them.
  func laidOut() -> (nodes: [TraceTree.Node], roots: [Int]) {
    var children = childLists()
    for index in children.indices { children[index].sort { precedes($0, $1) } }
    // True roots come first, then nodes whose parent is missing.
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

  /// The part of a span's time that none of its children covers, in microseconds.
  private static func selfTime(of place: Int, in nodes: [TraceTree.Node]) -> Int64 {
    guard let start = nodes[place].start, let end = nodes[place].end else { return 0 }
    var own = end.subtractingClamped(start)
    // The children are sorted by start, so one pass finds the time that they cover together.
    var covered = start
    for child in nodes[place].children {
      guard let childStart = nodes[child].start, let childEnd = nodes[child].end else { continue }
      let from = max(covered, childStart)
      let to = min(end, childEnd)
      if to > from {
        own = own.subtractingClamped(to.subtractingClamped(from))
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

  /// Orders by start, nodes without a start last, then in the order received.
  private func precedes(_ one: Int, _ other: Int) -> Bool {
    let (start, otherStart) = (nodes[one].start ?? .max, nodes[other].start ?? .max)
    return start != otherStart ? start < otherStart : one < other
  }
}
