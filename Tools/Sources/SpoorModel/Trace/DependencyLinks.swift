// SPDX-License-Identifier: Apache-2.0

/// The calls between services: the one way in which the map, `/api/v2/dependencies` and a trace's own map count them.
///
/// The rules are Zipkin's (docs/ZIPKIN.md, "Trees"), and one more: a span whose parent belongs to another service is a
/// call, such as a message without the broker's name, or spans without a kind. The page has the same
/// rules (`Sources/CPage/page/calls.js`).
public struct DependencyLinks: Sendable {
  /// The calls from one service to another.
  public struct Link: Sendable, Hashable {
    /// The calling service, the sender, or the broker of a received message.
    public let parent: String
    /// The called service, the receiver or the broker.
    public let child: String
    /// The number of calls.
    public let callCount: Int
    /// The number of failed calls: the caller's or the called side's span has failed.
    public let errorCount: Int
    /// The durations in microseconds as the caller saw them, sorted; the called side's where the caller sent no span.
    /// At most ``DependencyLinks/sample`` of them.
    public let durations: [Int64]

    /// The duration that `fraction` of the calls do not exceed, in microseconds; 0 if none has a duration.
    public func quantile(_ fraction: Double) -> Int64 {
      durations.isEmpty ? 0 : durations[min(durations.count - 1, Int(fraction * Double(durations.count)))]
    }
  }

  /// The maximum number of durations for one link; more would not change its quantiles visibly.
  public static let sample = 10_000
  /// The maximum number of links, because names come from outside.
  private static let maximumLinks = 10_000

  private struct Pair: Hashable {
    let parent: String
    let child: String
  }
  private struct Calls {
    var count = 0
    var errors = 0
    var durations: [Int64] = []
  }

  private var counts: [Pair: Calls] = [:]

  /// Creates an empty set of links.
  public init() {}

  /// The links so far, sorted by caller and called service.
  public var links: [Link] {
    counts.map {
      Link(
        parent: $0.parent, child: $0.child, callCount: $1.count, errorCount: $1.errors, durations: $1.durations.sorted()
      )
    }.sorted { ($0.parent, $0.child) < ($1.parent, $1.child) }
  }

  /// Counts the calls of one trace.
  public mutating func add(_ tree: TraceTree) {
    // The nearest call or message above each node, or span that entered another service. Parents come before their
    // children, so one pass finds all of them.
    var callers = [Int?](repeating: nil, count: tree.nodes.count)
    for index in tree.nodes.indices {
      if let above = tree.nodes[index].parent {
        callers[index] = enters(tree, above, callers[above]) ? above : callers[above]
      }
      add(tree, index, calledBy: callers[index].flatMap { tree.nodes[$0].span })
    }
  }

  private func enters(_ tree: TraceTree, _ index: Int, _ caller: Int?) -> Bool {
    guard let span = tree.nodes[index].span else { return false }
    if span.kind != nil { return true }
    guard let service = span.serviceName else { return false }
    return service != caller.flatMap { tree.nodes[$0].span?.serviceName }
  }

  private mutating func add(_ tree: TraceTree, _ index: Int, calledBy ancestor: ZipkinSpan?) {
    let node = tree.nodes[index]
    guard let span = node.span else { return }
    if addByKind(span, isLeaf: node.children.isEmpty, calledBy: ancestor) { return }
    // Zipkin's rules know no call here, but the service is another one than its parent's.
    guard let local = span.serviceName, let above = node.parent,
      let parent = tree.nodes[above].span?.serviceName, parent != local
    else { return }
    count(parent, local, span, isError: span.isError)
  }

  /// Zipkin's rules; `false` if the span is no call by them.
  private mutating func addByKind(_ span: ZipkinSpan, isLeaf: Bool, calledBy ancestor: ZipkinSpan?) -> Bool {
    let local = span.serviceName
    let remote = span.remoteEndpoint?.serviceName
    // A client's call to a service that reports is counted there.
    if span.kind == .client, !isLeaf { return false }
    // A span of unknown kind with both sides counts as a call.
    let kind: ZipkinSpan.Kind
    if let known = span.kind {
      kind = known
    } else if local != nil, remote != nil {
      kind = .client
    } else {
      return false
    }
    var parent = kind == .server || kind == .consumer ? remote : local
    let child = kind == .server || kind == .consumer ? local : remote
    if kind == .producer || kind == .consumer {
      // A message goes through its broker, which must be named.
      guard let parent, let child else { return false }
      count(parent, child, span, isError: span.isError)
      return true
    }
    var isError = span.isError
    var call = span
    var isCounted = false
    if let ancestor, let name = ancestor.serviceName {
      // Some senders name the called service on the client's side, so the call to that service is counted too.
      if kind == .client, let local, local != name {
        count(name, local, span, isError: false)
        isCounted = true
      }
      // The nearest known service above is the caller, whatever the called side recorded.
      if kind == .server || parent == nil { parent = name }
      if ancestor.kind == .client, ancestor.id == span.parentID || ancestor.id == span.id {
        isError = isError || ancestor.isError
        call = ancestor
      }
    }
    guard let parent, let child else { return isCounted }
    count(parent, child, call, isError: isError)
    return true
  }

  private mutating func count(_ parent: String, _ child: String, _ call: ZipkinSpan, isError: Bool) {
    let pair = Pair(parent: parent, child: child)
    guard counts[pair] != nil || counts.count < Self.maximumLinks else { return }
    counts[pair, default: Calls()].count += 1
    if isError { counts[pair]?.errors += 1 }
    if let duration = call.duration, counts[pair]?.durations.count ?? 0 < Self.sample {
      counts[pair]?.durations.append(duration)
    }
  }
}
