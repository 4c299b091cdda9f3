// SPDX-License-Identifier: Apache-2.0

/// Decides which identifiers belong to one trace.
///
/// A 64-bit identifier belongs to the first 128-bit one with that lower half, because a 64-bit tracer in between kept
/// only that half. Two 128-bit identifiers with the same lower half are two traces.
package struct TraceIdentities {
  private var wide: [UInt64: ZipkinTraceID] = [:]

  /// Collects all identifiers in order of occurrence.
  package init(_ ids: some Sequence<ZipkinTraceID>) {
    for id in ids where id.high != 0 && wide[id.low] == nil { wide[id.low] = id }
  }

  /// The identifier of the trace that `id` belongs to.
  package func trace(of id: ZipkinTraceID) -> ZipkinTraceID { id.high == 0 ? wide[id.low] ?? id : id }

  /// The spans of each trace, the traces in the order of their first span.
  package static func grouped(_ spans: [ZipkinSpan]) -> [(id: ZipkinTraceID, spans: [ZipkinSpan])] {
    let identities = TraceIdentities(spans.lazy.map(\.traceID))
    var groups: [(id: ZipkinTraceID, spans: [ZipkinSpan])] = []
    var places: [ZipkinTraceID: Int] = [:]
    for span in spans {
      let id = identities.trace(of: span.traceID)
      if let place = places[id] {
        groups[place].spans.append(span)
      } else {
        places[id] = groups.count
        groups.append((id, [span]))
      }
    }
    return groups
  }
}
