// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import SpoorGrep
internal import SpoorLogs
internal import SpoorModel
internal import SpoorTerminal

/// The traces that a field leads to: from a trace to the one that the field names, from there to the one that is named
/// there, and so on.
package struct TraceChain: Sendable {
  /// A trace of the chain.
  package struct Hop: Sendable {
    package let id: String
    package let name: String
    package let failure: FirstFailure?
  }

  package let field: String
  package private(set) var hops: [Hop] = []
  /// The trace at the start of the chain; `nil` if none of the named traces is known.
  package private(set) var start: TraceDocument?
  /// The ids of further traces that the field of the first trace names.
  package private(set) var others: [String] = []

  init(field: String, others: [String] = []) { (self.field, self.others) = (field, others) }

  mutating func add(_ id: String, _ document: TraceDocument) {
    start = document
    let root = TraceTree(document.spans).rootSpan
    hops.append(
      Hop(
        id: id, name: root?.name ?? document.logs.first?.event ?? "?",
        failure: FirstFailure(records: document.logs, spans: document.spans)))
  }

  private static let maximumHops = 64

  /// The chains that begin in a trace, along each field that has ids of other traces, or along one field.
  ///
  /// - Parameter trace: returns the trace with an id; `nil` if it is not known.
  package static func all(
    from document: TraceDocument, along field: String?, trace: (String) async -> TraceDocument?
  ) async -> [TraceChain] {
    var chains: [TraceChain] = []
    for (name, ids) in document.links where field == nil || field == name {
      guard let first = ids.first else { continue }
      var chain = TraceChain(field: name, others: Array(ids.dropFirst()))
      var next: String? = first
      var seen = document.ids
      var hadFailure = FirstFailure(records: document.logs, spans: document.spans) != nil
      while let id = next, seen.insert(id).inserted, chain.hops.count < maximumHops {
        guard let found = await trace(id) else { break }
        let failure = FirstFailure(records: found.logs, spans: found.spans)
        // A failure leads back to earlier failures; the last of them is the start.
        if failure == nil, hadFailure, !chain.hops.isEmpty { break }
        chain.add(id, found)
        hadFailure = failure != nil
        next = found.links.first { $0.field == name }?.ids.first
      }
      if !chain.hops.isEmpty { chains.append(chain) }
    }
    return chains
  }

  /// The chain in lines: its first two traces and its start, each with its first failure.
  package var lines: [String] {
    guard let last = hops.last else { return [] }
    var lines = ["\(PlainText.of(field)) leads to"]
    let shown = hops.count > 3 ? Array(hops.prefix(2)) : Array(hops.dropLast())
    lines += shown.map { "  " + Self.text($0) }
    if hops.count > shown.count + 1 { lines.append("  … \(hops.count - shown.count - 1) more") }
    lines.append("  " + Self.text(last) + (hops.count > 1 ? "   ◀ start of the chain" : ""))
    if !others.isEmpty {
      let ids = others.prefix(4).map { PlainText.of($0) }.joined(separator: " ")
      lines.append("  and to \(TraceView.count(others.count, "other trace")): \(ids)\(others.count > 4 ? " …" : "")")
    }
    return lines
  }

  private static func text(_ hop: Hop) -> String {
    let text: String
    if let failure = hop.failure {
      let handled = failure.isHandled ? " (handled)" : ""
      text = "\(failure.service) \(failure.event)\(handled): \(TextWidth.cut(failure.text, to: 120))"
    } else {
      text = "\(hop.name), without a failure"
    }
    return "\(PlainText.of(hop.id))  \(PlainText.of(text))"
  }
}

extension TraceDocument {
  /// The trace's own ids.
  fileprivate var ids: Set<String> { Set(spans.map(\.traceID.description) + logs.compactMap(\.traceID)) }

  /// The fields of failures whose values are ids of other traces, with the ids; of the whole trace if it did not fail.
  fileprivate var links: [(field: String, ids: [String])] {
    let own = ids
    let failedRecords = logs.filter(\.reportsFailure)
    let failedSpans = spans.filter(\.isError)
    let hasFailed = !failedRecords.isEmpty || !failedSpans.isEmpty
    var links: [(field: String, ids: [String])] = []
    func add(_ field: String, _ value: String) {
      let ids = TraceLink.ids(in: value).filter { !own.contains($0) }
      guard !ids.isEmpty else { return }
      let place = links.firstIndex { $0.field == field } ?? links.count
      if place == links.count { links.append((field, [])) }
      for id in ids where !links[place].ids.contains(id) && links[place].ids.count < 100 { links[place].ids.append(id) }
    }
    for record in hasFailed ? failedRecords : logs {
      for member in record.details { add(member.key, member.value.text) }
    }
    for span in hasFailed ? failedSpans : spans { for tag in span.tags { add(tag.key, tag.value) } }
    return links
  }
}
