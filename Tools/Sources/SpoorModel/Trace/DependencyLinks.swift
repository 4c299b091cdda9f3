/// Who calls whom, counted from traces by the rules of ZIPKIN.md, "Trees".
public struct DependencyLinks: Sendable {
  /// A caller, whom it called, how often, and how often that failed.
  public struct Link: Sendable, Hashable {
    /// The calling service, the sender, or for what was received from a broker the broker.
    public let parent: String
    /// The called service, the receiver or the broker.
    public let child: String
    /// How many calls.
    public let callCount: Int
    /// How many of them failed.
    public let errorCount: Int
  }

  private struct Pair: Hashable {
    let parent: String
    let child: String
  }

  private var counts: [Pair: (calls: Int, errors: Int)] = [:]

  /// No links yet.
  public init() {}

  /// The links so far, by caller and called.
  public var links: [Link] {
    counts.map { Link(parent: $0.parent, child: $0.child, callCount: $1.calls, errorCount: $1.errors) }
      .sorted { ($0.parent, $0.child) < ($1.parent, $1.child) }
  }

  /// Counts the calls of one trace.
  public mutating func add(_ tree: TraceTree) {
    for index in tree.nodes.indices { add(tree.nodes[index], in: tree) }
  }

  private mutating func add(_ node: TraceTree.Node, in tree: TraceTree) {
    guard let span = node.span else { return }
    let local = span.serviceName
    let remote = span.remoteEndpoint?.serviceName
    // A client's call to a service that reports is counted there.
    if span.kind == .client, !node.children.isEmpty { return }
    // A span of unknown kind that knows both sides is taken for a call.
    let kind: ZipkinSpan.Kind
    if let known = span.kind {
      kind = known
    } else if local != nil, remote != nil {
      kind = .client
    } else {
      return
    }
    var parent = kind == .server || kind == .consumer ? remote : local
    let child = kind == .server || kind == .consumer ? local : remote
    if kind == .producer || kind == .consumer {
      // A message goes by way of its broker, which has to be named.
      if let parent, let child { count(parent, child, isError: span.isError) }
      return
    }
    var isError = span.isError
    if let ancestor = remoteAncestor(of: node, in: tree), let name = ancestor.serviceName {
      // Some senders put the called service's name on the client's side: the call to that service is counted too.
      if kind == .client, let local, local != name { count(name, local, isError: false) }
      // The nearest one known above is the caller, whatever the called side was told.
      if kind == .server || parent == nil { parent = name }
      if ancestor.kind == .client, ancestor.id == span.parentID || ancestor.id == span.id {
        isError = isError || ancestor.isError
      }
    }
    if let parent, let child { count(parent, child, isError: isError) }
  }

  /// The nearest span above that is a side of a call or message: local spans may lie between.
  private func remoteAncestor(of node: TraceTree.Node, in tree: TraceTree) -> ZipkinSpan? {
    var above = node.parent
    while let index = above {
      if let span = tree.nodes[index].span, span.kind != nil { return span }
      above = tree.nodes[index].parent
    }
    return nil
  }

  private mutating func count(_ parent: String, _ child: String, isError: Bool) {
    let pair = Pair(parent: parent, child: child)
    let old = counts[pair] ?? (0, 0)
    counts[pair] = (old.calls + 1, old.errors + (isError ? 1 : 0))
  }
}
