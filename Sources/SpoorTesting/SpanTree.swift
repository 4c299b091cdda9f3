// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import Tracing

/// A recorded span with the spans below it, in the order of their starts.
struct SpanTree {
  let span: FinishedSpan
  let children: [SpanTree]

  /// The trees of all spans. A span whose parent is not among them is at the top.
  static func trees(of spans: [FinishedSpan]) -> [SpanTree] {
    let ids = Set(spans.map(\.spanID))
    let sorted = spans.sorted { ($0.startNanoseconds, $0.spanID.rawValue) < ($1.startNanoseconds, $1.spanID.rawValue) }
    let below = Dictionary(grouping: sorted) { $0.parentSpanID.flatMap { ids.contains($0) ? $0 : nil } }
    func tree(_ span: FinishedSpan) -> SpanTree {
      SpanTree(span: span, children: (below[span.spanID] ?? []).map(tree))
    }
    return (below[nil] ?? []).map(tree)
  }

  /// One line a span.
  func lines(indent: Int = 0) -> [String] {
    ["\(String(repeating: "  ", count: indent))\(span.summary)"] + children.flatMap { $0.lines(indent: indent + 1) }
  }
}

extension FinishedSpan {
  /// The name, with the kind unless it is `internal`, and the failure if there is one.
  var summary: String {
    name + (kind == .internal ? "" : " (\(kind))") + (hasFailed ? " failed: \(statusMessage)" : "")
  }
}
