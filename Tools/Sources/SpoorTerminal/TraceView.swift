public import SpoorModel

/// A trace as a tree of lines, each span with its share of the time and its log records below it.
///
/// What came from outside is shown without anything that a terminal would act on: ``PlainText``.
public struct TraceView: Sendable {
  private let tree: TraceTree
  private let records: [Record]
  private let style: TerminalStyle
  private let columns: Int
  private let rails: TreeRails
  private let critical: CriticalPath

  /// The view of a tree with the records that belong to it.
  ///
  /// - Parameter columns: how wide lines with bars may become; at least 60 are taken.
  public init(
    tree: TraceTree, records: [Record] = [], style: TerminalStyle = TerminalStyle(isColoured: false), columns: Int = 80
  ) {
    self.tree = tree
    self.records = records
    self.style = style
    self.columns = max(60, columns)
    rails = TreeRails(tree)
    critical = CriticalPath(tree)
  }

  /// The lines, without line ends.
  public var lines: [String] {
    var lines = [title, ""]
    let bySpan = Dictionary(grouping: records) { $0.spanID ?? "" }
    let serviceWidth = min(20, tree.services.map { TextWidth.of(PlainText.of($0)) }.max() ?? 1)
    let room = columns - 2 - serviceWidth - 2 - 2 - Self.durationColumns
    let labels = tree.nodes.indices.map { rails.prefix(of: $0) + label(of: tree.nodes[$0]) }
    let labelWidth = min(room * 3 / 5, labels.map { TextWidth.of($0) }.max() ?? 0)
    let bar = SpanBar(columns: max(10, room - labelWidth - 4), start: tree.start, duration: tree.duration)
    for index in tree.nodes.indices {
      let node = tree.nodes[index]
      let name = PlainText.of(node.span?.serviceName ?? "")
      let service = style.service(TextWidth.cut(name, to: serviceWidth).padded(to: serviceWidth), name: name)
      let cut = TextWidth.cut(labels[index], to: labelWidth).padded(to: labelWidth)
      let blocks = bar.text(from: node.start, to: node.end, isInterrupted: node.span?.isInterrupted == true)
      let isError = node.span?.isError == true
      lines.append(
        "  \(service)  \(isError ? style.error(cut) : cut) \(style.service(blocks, name: name)) \(figures(of: index))"
          .trimmedAtEnd)
      let indent = "  " + String(repeating: " ", count: serviceWidth) + "  " + rails.below(index)
      lines += details(of: index, records: bySpan[node.id.description] ?? []).map { indent + $0 }
    }
    lines += strays
    if let summary { lines += ["", "  \(summary)"] }
    return lines
  }

  private static let durationColumns = 22

  private var title: String {
    let duration = Durations.text(tree.duration)
    var parts = [tree.traceID?.description ?? "–", style.bold(PlainText.of(tree.rootSpan?.name ?? "?")), duration]
    parts.append(count(tree.services.count, "service"))
    parts.append(count(tree.spanCount, "span"))
    if tree.errorCount > 0 { parts.append(style.error(count(tree.errorCount, "error"))) }
    if tree.start > 0 { parts.append(Durations.instant(tree.start)) }
    return parts.joined(separator: "   ")
  }

  private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

  private func label(of node: TraceTree.Node) -> String {
    guard let span = node.span else { return "? (not received)" }
    return PlainText.of(span.name ?? "?") + (span.isError ? " ✗" : "")
  }

  /// The duration, the own time where it is worth a word, and whether the trace waited for it.
  private func figures(of index: Int) -> String {
    let node = tree.nodes[index]
    guard let span = node.span else { return "" }
    var text = span.duration.map(Durations.text) ?? "–"
    let isWorth = node.selfTime * 50 >= tree.duration && node.selfTime < span.duration ?? 0
    if !node.children.isEmpty, isWorth { text += "  self \(Durations.text(node.selfTime))" }
    if span.isInterrupted { text += "  interrupted" }
    if tree.isContinuation(index) { text += "  (continued)" }
    if mainNodes.contains(index) { text += "  " + style.bold("◀ critical") }
    return text
  }

  /// The nodes that a tenth of the trace or more waited for, in the order of time.
  private var mainNodes: [Int] {
    let own = critical.ownTimes
    var seen: Set<Int> = []
    return critical.segments.map(\.node).filter {
      (own[$0] ?? 0) * 10 >= max(1, tree.duration) && seen.insert($0).inserted
    }
  }

  private var summary: String? {
    let nodes = mainNodes
    guard tree.spanCount > 1, !nodes.isEmpty, tree.duration > 0 else { return nil }
    let own = critical.ownTimes
    let total = nodes.reduce(Int64(0)) { $0 + (own[$1] ?? 0) }
    let names = nodes.map { PlainText.of(tree.nodes[$0].span?.name ?? "?") }.joined(separator: " › ")
    return "critical path: \(names), \(Durations.text(total)) of \(Durations.text(tree.duration)) "
      + "(\(Int(Double(total) / Double(tree.duration) * 100 + 0.5)) %)"
  }

  private func details(of index: Int, records: [Record]) -> [String] {
    var lines: [String] = []
    if let span = tree.nodes[index].span, let error = span.failure, !records.contains(where: { $0.error != nil }) {
      lines.append(style.error("✗ " + PlainText.of(error)))
    }
    for record in records.sorted(by: { $0.timestamp < $1.timestamp }) { lines += self.lines(of: record) }
    return lines
  }

  private func lines(of record: Record, withService: Bool = false) -> [String] {
    let level = style.level(PlainText.of(record.level), level: record.level)
    let service = withService ? " " + style.service(PlainText.of(record.service), name: record.service) : ""
    let time = PlainText.of(String(record.timestamp.drop { $0 != "T" }.dropFirst().prefix(12)))
    var lines = [
      "\(time) \(level)\(service) \(PlainText.of(record.event)) \(PlainText.of(record.details))".trimmedAtEnd
    ]
    if let error = record.error {
      lines.append(style.error(PlainText.of(error)) + (record.isHandled ? "   (handled)" : ""))
    }
    lines += StackLines.of(record.stackTrace ?? "").map { "  " + $0 }
    lines += record.causes.map { "caused by " + PlainText.of($0) }
    return lines
  }

  /// Records whose span is not in the tree.
  private var strays: [String] {
    let shown = Set(tree.nodes.map { $0.id.description })
    let others = records.filter { !shown.contains($0.spanID ?? "") }
    guard !others.isEmpty else { return [] }
    return ["", "  of spans that were not received:"]
      + others.sorted { $0.timestamp < $1.timestamp }.flatMap { lines(of: $0, withService: true).map { "    " + $0 } }
  }
}

extension ZipkinSpan {
  /// Why it failed: the tag, or the HTTP status where nobody gave a reason; `nil` if it did not fail.
  fileprivate var failure: String? {
    guard let reason = tag("error") else { return nil }
    return reason.isEmpty ? tag("http.response.status_code") ?? tag("http.status_code") ?? "" : reason
  }

  /// Whether its process ended before it did.
  fileprivate var isInterrupted: Bool { tag("spoor.interrupted") == "true" }
}

extension String {
  var trimmedAtEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
