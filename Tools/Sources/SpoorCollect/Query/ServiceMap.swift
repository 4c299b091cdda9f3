import SpoorModel

/// Which service calls which, how often, how often that fails, and how long it takes.
struct ServiceMap: Sendable {
  private struct Edge: Hashable {
    let parent: String
    let child: String
  }
  private struct Calls {
    var count = 0
    var errors = 0
    /// Microseconds.
    var durations: [Int64] = []
  }
  /// Durations kept of one edge: more would not change its quantiles visibly.
  private static let sample = 10_000

  private var edges: [Edge: Calls] = [:]

  /// A call is a span whose parent is another service's, or one that names a remote service which recorded nothing.
  mutating func add(_ tree: TraceTree) {
    for node in tree.nodes {
      guard let span = node.span, let service = span.serviceName else { continue }
      if let above = node.parent, let parent = tree.nodes[above].span?.serviceName, parent != service {
        count(Edge(parent: parent, child: service), span)
      }
      if node.children.isEmpty, span.kind == .client || span.kind == .producer,
        let remote = span.remoteEndpoint?.serviceName, remote != service
      {
        count(Edge(parent: service, child: remote), span)
      }
    }
  }

  private mutating func count(_ edge: Edge, _ span: ZipkinSpan) {
    edges[edge, default: Calls()].count += 1
    if span.isError { edges[edge]?.errors += 1 }
    if let duration = span.duration, edges[edge]?.durations.count ?? 0 < Self.sample {
      edges[edge]?.durations.append(duration)
    }
  }

  /// `{"edges":[{"parent","child","calls","errors","p50","p99"}]}`, times in microseconds.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("edges")
      writer.array { writer in
        for (edge, calls) in edges.sorted(by: { ($0.key.parent, $0.key.child) < ($1.key.parent, $1.key.child) }) {
          let durations = calls.durations.sorted()
          writer.object { writer in
            writer.key("parent")
            writer.string(edge.parent)
            writer.key("child")
            writer.string(edge.child)
            writer.key("calls")
            writer.number(calls.count)
            writer.key("errors")
            writer.number(calls.errors)
            writer.key("p50")
            writer.number(durations.isEmpty ? 0 : durations[durations.count / 2])
            writer.key("p99")
            writer.number(durations.isEmpty ? 0 : durations[durations.count * 99 / 100])
          }
        }
      }
    }
    return writer.bytes
  }
}
