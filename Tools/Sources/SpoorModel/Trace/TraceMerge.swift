// SPDX-License-Identifier: Apache-2.0

/// Merges the pieces of spans: a span that was sent twice, or in parts, becomes one span.
public enum TraceMerge {
  /// The spans of one trace, each once, in the order of first appearance.
  ///
  /// Pieces belong together if they have the same identifier, are the same side of it, and come from the same endpoint
  /// or from none. A SERVER span with the identifier of a CLIENT span is its shared side even if it is not marked so.
  /// The work is linear in the size of the spans.
  public static func merged(_ spans: [ZipkinSpan]) -> [ZipkinSpan] {
    var clients: Set<ZipkinSpanID> = []
    for span in spans where span.kind == .client { clients.insert(span.id) }

    var groups: [Group] = []
    groups.reserveCapacity(spans.count)
    var sides: [Side: Places] = [:]
    sides.reserveCapacity(spans.count)
    for (index, span) in spans.enumerated() {
      let side = Side(id: span.id, isShared: span.shared || span.kind == .server && clients.contains(span.id))
      let new = groups.count
      if let place = sides[side, default: Places(first: new)].place(for: span.localEndpoint, among: groups, new: new) {
        groups[place].endpoint = groups[place].endpoint ?? span.localEndpoint
        groups[place].others.append(index)
      } else {
        groups.append(Group(first: index, endpoint: span.localEndpoint, isShared: side.isShared))
      }
    }
    return groups.map { group in
      let first = spans[group.first]
      if group.others.isEmpty, first.shared == group.isShared { return first }
      return ZipkinSpan(merging: [first] + group.others.map { spans[$0] }, shared: group.isShared)
    }
  }

  private struct Side: Hashable {
    let id: ZipkinSpanID
    let isShared: Bool
  }

  /// The pieces of one span, as indices into the input.
  private struct Group {
    let first: Int
    /// The endpoint of the first piece that has one.
    var endpoint: ZipkinEndpoint?
    let isShared: Bool
    var others: [Int] = []
  }

  /// The groups of one side by endpoint. A piece without an endpoint belongs to the first of them, so only the first
  /// can be without one.
  private struct Places {
    let first: Int
    private var byEndpoint: [ZipkinEndpoint: Int] = [:]

    init(first: Int) { self.first = first }

    /// The group of a piece; `nil` if it begins a new one, whose index is then `new`.
    mutating func place(for endpoint: ZipkinEndpoint?, among groups: [Group], new: Int) -> Int? {
      if first == new { return nil }
      guard let endpoint, let known = groups[first].endpoint, known != endpoint else { return first }
      if let place = byEndpoint[endpoint] { return place }
      byEndpoint[endpoint] = new
      return nil
    }
  }
}

extension ZipkinSpan {
  /// Creates a span from at least one piece. The first piece that has a value wins. The earliest start and the longest
  /// duration win, because a piece that was sent when the span began has less information than one that was sent at its
  /// end.
  fileprivate init(merging pieces: [ZipkinSpan], shared: Bool) {
    func first<Value>(_ value: (ZipkinSpan) -> Value?) -> Value? { pieces.lazy.compactMap(value).first }
    self.init(
      traceID: pieces[0].traceID, id: pieces[0].id, parentID: first(\.parentID), kind: first(\.kind),
      name: first { $0.name == "unknown" ? nil : $0.name } ?? first(\.name),
      timestamp: pieces.lazy.compactMap(\.timestamp).min(), duration: pieces.lazy.compactMap(\.duration).max(),
      localEndpoint: first(\.localEndpoint), remoteEndpoint: first(\.remoteEndpoint),
      annotations: pieces.flatMap(\.annotations), tags: pieces.flatMap(\.tags), debug: pieces.contains(where: \.debug),
      shared: shared, otlp: first(\.otlp))
  }
}
