/// Puts the pieces of spans together: what was sent twice is one, what was sent in parts is whole.
public enum TraceMerge {
  /// The spans of one trace, each once.
  ///
  /// Pieces belong together when they have the same identifier, are the same side of it, and come from the same endpoint
  /// or from none. A SERVER span that has the identifier of a CLIENT span is its shared side even if it does not say so
  /// (ZIPKIN.md, "Trees"). The order is that of first appearance.
  public static func merged(_ spans: [ZipkinSpan]) -> [ZipkinSpan] {
    var clients: Set<ZipkinSpanID> = []
    for span in spans where span.kind == .client { clients.insert(span.id) }

    var merged: [ZipkinSpan] = []
    merged.reserveCapacity(spans.count)
    var places: [Side: [Int]] = [:]
    places.reserveCapacity(spans.count)
    for span in spans {
      let isShared = span.shared || span.kind == .server && clients.contains(span.id)
      let side = Side(id: span.id, isShared: isShared)
      let span = isShared && !span.shared ? span.merged(with: nil, shared: true) : span
      if let place = places[side]?.first(where: { merged[$0].mayBePiece(of: span) }) {
        if merged[place] != span { merged[place] = merged[place].merged(with: span, shared: isShared) }
      } else {
        places[side, default: []].append(merged.count)
        merged.append(span)
      }
    }
    return merged
  }

  private struct Side: Hashable {
    let id: ZipkinSpanID
    let isShared: Bool
  }
}

extension ZipkinSpan {
  fileprivate func mayBePiece(of other: ZipkinSpan) -> Bool {
    guard let localEndpoint, let theirs = other.localEndpoint else { return true }
    return localEndpoint == theirs
  }

  /// This span with what only `other` knows. The earlier start and the longer duration win: a piece that was sent when
  /// the span began knows less than one sent at its end.
  fileprivate func merged(with other: ZipkinSpan?, shared: Bool) -> ZipkinSpan {
    let start = [timestamp, other?.timestamp].compactMap(\.self).min()
    let longest = [duration, other?.duration].compactMap(\.self).max()
    let hasName = name != nil && name != "unknown"
    return ZipkinSpan(
      traceID: traceID, id: id, parentID: parentID ?? other?.parentID, kind: kind ?? other?.kind,
      name: hasName ? name : other?.name ?? name, timestamp: start, duration: longest,
      localEndpoint: localEndpoint ?? other?.localEndpoint, remoteEndpoint: remoteEndpoint ?? other?.remoteEndpoint,
      annotations: annotations + (other?.annotations ?? []), tags: tags + (other?.tags ?? []),
      debug: debug || other?.debug == true, shared: shared)
  }
}
