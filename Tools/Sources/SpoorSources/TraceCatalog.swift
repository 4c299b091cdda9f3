// SPDX-License-Identifier: Apache-2.0

package import SpoorLogs
package import SpoorModel
package import SpoorTerminal

/// A trace in a list.
package struct TraceSummary: Sendable {
  package private(set) var id: String
  /// The name of its root span, or its first event.
  package var name = ""
  /// Microseconds since 1970.
  package var start = Int64.max
  /// Microseconds since 1970.
  package var end = Int64.min
  package var services: Set<String> = []
  package var spans = 0
  /// The number of places where a failure began.
  package var failures = 0

  package init(id: String) { self.id = id }

  /// Microseconds.
  package var duration: Int64 { end > start ? end - start : 0 }
}

/// The traces of records and spans, in memory that grows with the number of traces.
package struct TraceCatalog: Sendable {
  private var all: [TraceSummary] = []
  private var numbers: [String: Int] = [:]

  package init() {}

  /// Takes a record into account.
  package mutating func add(_ record: LogRecord) { _ = add(RecordHead(record), isFailure: record.reportsFailure) }

  /// Takes a record into account, and returns the number of its trace, from 0; `nil` if it is in none.
  mutating func add(_ head: RecordHead, isFailure: Bool) -> Int? {
    guard let id = head.traceID else { return nil }
    let number = number(of: id)
    if let time = head.time {
      if time < all[number].start { (all[number].start, all[number].name) = (time, head.event ?? "") }
      all[number].end = max(all[number].end, time)
    }
    if let service = head.service { all[number].services.insert(service) }
    if isFailure { all[number].failures += 1 }
    return number
  }

  private mutating func number(of id: String) -> Int {
    if let known = numbers[id] { return known }
    numbers[id] = all.count
    all.append(TraceSummary(id: id))
    return all.count - 1
  }

  /// Takes the spans of all traces into account, after all records. What spans show replaces what records show.
  package mutating func add(_ spans: [ZipkinSpan]) {
    for (id, spans) in TraceIdentities.grouped(spans) {
      let tree = TraceTree(spans)
      let number = number(of: id.description)
      var summary = all[number]
      (summary.start, summary.end) = (tree.start, tree.end)
      summary.name = tree.rootSpan?.name ?? summary.name
      summary.services.formUnion(tree.services)
      summary.spans = tree.spanCount
      let failed = tree.nodes.indices.count { tree.isInnermostFailure($0) }
      if failed > 0 || summary.spans > 0 { summary.failures = max(failed, summary.failures > 0 ? 1 : 0) }
      all[number] = summary
    }
  }

  /// The ids of the traces.
  package var ids: some Collection<String> { numbers.keys }

  package subscript(id: String) -> TraceSummary? { numbers[id].map { all[$0] } }

  /// The number of a trace, from 0, in the order in which they were first seen.
  func knownNumber(of id: String) -> Int? { numbers[id] }

  /// The traces, the oldest first; those without a time before all others. The forms of one id are one trace.
  package var summaries: [TraceSummary] {
    let identities = TraceIdentities(numbers.keys.sorted().compactMap { try? ZipkinTraceID($0) })
    var merged: [String: TraceSummary] = [:]
    for summary in all {
      let id = (try? ZipkinTraceID(summary.id)).map { identities.trace(of: $0).description } ?? summary.id
      if merged[id]?.merge(summary) == nil { merged[id] = summary.named(id) }
    }
    return merged.values.map { trace in
      var trace = trace
      if trace.start == .max { (trace.start, trace.end) = (0, 0) }
      return trace
    }
    .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
  }
}

extension TraceSummary {
  /// The same trace under another form of its id.
  fileprivate func named(_ id: String) -> TraceSummary {
    var summary = self
    summary.id = id
    return summary
  }

  fileprivate mutating func merge(_ other: TraceSummary) {
    if name.isEmpty || other.spans > spans || other.spans == spans && other.start < start { name = other.name }
    (start, end) = (min(start, other.start), max(end, other.end))
    services.formUnion(other.services)
    spans += other.spans
    failures = max(failures, other.failures)
  }
}

extension [TraceSummary] {
  /// The traces as a table for a terminal.
  package func lines(style: TerminalStyle) -> [String] {
    let rows = map { trace in
      [
        trace.id, trace.start == 0 ? "–" : Durations.instant(trace.start), Durations.text(trace.duration),
        TraceView.count(trace.services.count, "service"), TraceView.count(trace.spans, "span"),
        trace.failures > 0 ? TraceView.count(trace.failures, "failure") : "",
        TextWidth.cut(PlainText.of(trace.name), to: 40),
      ]
    }
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { TextWidth.of($0[column]) }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padded = cell.padded(to: widths[column])
        return column == 5 && !cell.isEmpty ? style.error(padded) : padded
      }
      .joined(separator: "  ").trimmedAtEnd
    }
  }
}
