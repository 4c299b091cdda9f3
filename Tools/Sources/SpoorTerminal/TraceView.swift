public import SpoorModel

/// A trace as a tree of lines, each span with its share of the time and its log records below it.
///
/// What came from outside is shown without anything that a terminal would act on: ``PlainText``.
public struct TraceView: Sendable {
  /// A log record, as far as it is shown.
  public struct Record: Sendable {
    /// RFC 3339.
    public var timestamp: String
    /// swift-log's name.
    public var level: String
    /// Who wrote it.
    public var service: String
    /// What happened.
    public var event: String
    /// The fields as `key=value`.
    public var details: String
    /// 16 hexadecimal digits; nil outside a span.
    public var spanID: String?
    /// A frame a line.
    public var stackTrace: String?

    /// A record.
    public init(
      timestamp: String, level: String, service: String, event: String, details: String, spanID: String?,
      stackTrace: String?
    ) {
      self.timestamp = timestamp
      self.level = level
      self.service = service
      self.event = event
      self.details = details
      self.spanID = spanID
      self.stackTrace = stackTrace
    }
  }

  /// Columns of the bar.
  private static let barColumns = 24

  private let tree: TraceTree
  private let records: [Record]

  /// The view of a tree with the records that belong to it.
  public init(tree: TraceTree, records: [Record] = []) {
    self.tree = tree
    self.records = records
  }

  /// The lines, without line ends.
  public var lines: [String] {
    var lines = [
      "trace \(tree.traceID?.description ?? "–")  \(milliseconds(tree.duration)), \(tree.spanCount) spans, "
        + "\(tree.services.count) services" + (tree.errorCount > 0 ? ", \(tree.errorCount) failed" : "")
    ]
    let bySpan = Dictionary(grouping: records) { $0.spanID ?? "" }
    let width = tree.nodes.indices.map { prefix(of: $0).count + label(of: tree.nodes[$0]).count }.max() ?? 0
    for index in tree.nodes.indices {
      let node = tree.nodes[index]
      let head = prefix(of: index) + label(of: node)
      let padding = String(repeating: " ", count: max(0, width - head.count))
      lines.append("\(head)\(padding)  \(bar(node))  \(node.span?.duration.map(milliseconds) ?? "")")
      if let span = node.span, let error = span.failure { lines.append(below(index) + "✗ \(printable(error))") }
      for record in bySpan[node.id.description] ?? [] {
        lines.append(below(index) + "\(time(record)) \(record.level) \(record.event) \(printable(record.details))")
        if let stack = record.stackTrace {
          for frame in stack.split(separator: "\n").prefix(3) {
            lines.append(below(index) + "    at \(printable(String(frame)))")
          }
        }
      }
    }
    let shown = Set(tree.nodes.map { $0.id.description })
    let others = records.filter { !shown.contains($0.spanID ?? "") }
    if !others.isEmpty { lines.append("of spans that were not received:") }
    for record in others {
      lines.append("   \(time(record)) \(record.level) \(record.service) \(record.event) \(printable(record.details))")
    }
    return lines
  }

  private func label(of node: TraceTree.Node) -> String {
    guard let span = node.span else { return "(not received: \(node.id))" }
    let failed = span.isError ? "✗ " : ""
    return "\(failed)\(span.serviceName ?? "?")  \(printable(span.name ?? "?"))"
  }

  /// What stands before a node: `├─ `, with `│` for each line that goes on beside it.
  private func prefix(of index: Int) -> String {
    guard tree.nodes[index].parent != nil else { return "" }
    return rails(of: index) + (isLast(index) ? "└─ " : "├─ ")
  }

  /// What stands before a line that belongs to a node.
  private func below(_ index: Int) -> String {
    var text = tree.nodes[index].parent == nil ? "" : rails(of: index) + (isLast(index) ? "   " : "│  ")
    text += tree.nodes[index].children.isEmpty ? "   " : "│  "
    return text
  }

  private func rails(of index: Int) -> String {
    var text = ""
    var current = tree.nodes[index].parent
    while let above = current, tree.nodes[above].parent != nil {
      text = (isLast(above) ? "   " : "│  ") + text
      current = tree.nodes[above].parent
    }
    return text
  }

  private func isLast(_ index: Int) -> Bool {
    guard let parent = tree.nodes[index].parent else { return true }
    return tree.nodes[parent].children.last == index
  }

  /// Where in the trace's time the span lies.
  private func bar(_ node: TraceTree.Node) -> String {
    guard let start = node.start, let end = node.end, tree.duration > 0 else {
      return String(repeating: " ", count: Self.barColumns)
    }
    let columns = Self.barColumns
    let from = min(columns - 1, Int((start - tree.start) * Int64(columns) / tree.duration))
    let to = max(from + 1, min(columns, Int((end - tree.start) * Int64(columns) / tree.duration)))
    return String(repeating: "·", count: from) + String(repeating: "█", count: to - from)
      + String(repeating: "·", count: columns - to)
  }

  private func milliseconds(_ microseconds: Int64) -> String {
    let tenths = (microseconds + 50) / 100
    return "\(tenths / 10).\(tenths % 10) ms"
  }

  /// The time of day.
  private func time(_ record: Record) -> String {
    String(record.timestamp.drop { $0 != "T" }.dropFirst().prefix(12))
  }

  private func printable(_ text: String) -> String { PlainText.of(text) }
}

extension ZipkinSpan {
  /// Why it failed: the tag, or the HTTP status where nobody gave a reason; `nil` if it did not fail.
  fileprivate var failure: String? {
    guard let reason = tag("error") else { return nil }
    return reason.isEmpty ? tag("http.response.status_code") ?? tag("http.status_code") ?? "" : reason
  }
}
