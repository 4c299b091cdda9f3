// SPDX-License-Identifier: Apache-2.0

public import SpoorModel

/// A trace as a tree of lines, each span with its share of the time and its log records below it.
///
/// External text is made safe for the terminal with ``PlainText``. The work is linear in the spans and records.
public struct TraceView: Sendable {
  let tree: TraceTree
  let traceID: String?
  let records: [Record]
  let style: TerminalStyle
  /// The records by span.
  let bySpan: [String: [Record]]
  let origins: FailureOrigins
  private let columns: Int
  let showsDetails: Bool
  private let rails: TreeRails
  /// The nodes for which the trace waited for a tenth of its time or more, in order of time.
  private let mainNodes: [Int]
  private let isMain: Set<Int>
  /// The time that the trace waited for all of them together, in microseconds.
  private let mainTime: Int64
  /// The time that the critical path covers: that of the root, without work that continues after it.
  private let pathTime: Int64

  /// Creates the view of a tree and its records.
  ///
  /// - Parameters:
  ///   - traceID: the trace's id, for a trace without spans.
  ///   - columns: how wide lines with bars may become; at least 60 are taken.
  ///   - showsDetails: whether each span's attributes, events, links, scope and resource are shown below it.
  public init(
    tree: TraceTree, records: [Record] = [], traceID: String? = nil,
    style: TerminalStyle = TerminalStyle(isColoured: false), columns: Int = 80, showsDetails: Bool = false
  ) {
    self.tree = tree
    self.traceID = tree.traceID?.description ?? traceID.map { PlainText.of($0) }
    self.records = records.sorted { $0.timestamp < $1.timestamp }
    bySpan = Dictionary(grouping: self.records) { $0.spanID ?? "" }
    origins = FailureOrigins(tree, bySpan)
    self.style = style
    self.columns = max(60, columns)
    self.showsDetails = showsDetails
    rails = TreeRails(tree)
    let critical = CriticalPath(tree)
    let own = critical.ownTimes
    pathTime = own.values.reduce(0) { $0.addingClamped($1) }
    let least = max(1, pathTime)
    var seen: Set<Int> = []
    mainNodes = critical.segments.map(\.node).filter {
      (own[$0] ?? 0).multipliedClamped(by: 10) >= least && seen.insert($0).inserted
    }
    isMain = seen
    mainTime = mainNodes.reduce(Int64(0)) { $0.addingClamped(own[$1] ?? 0) }
  }

  /// The lines, without line ends.
  public var lines: [String] {
    var lines = [title, ""]
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
      lines += details(of: index).map { indent + $0 }
    }
    lines += strays
    if let summary { lines += ["", "  \(summary)"] }
    return lines
  }

  private static let durationColumns = 22

  private var title: String {
    if tree.nodes.isEmpty { return recordsTitle }
    let duration = Durations.text(tree.duration)
    var parts = [tree.traceID?.description ?? "–", style.bold(PlainText.of(tree.rootSpan?.name ?? "?")), duration]
    parts.append(Self.count(tree.services.count, "service"))
    parts.append(Self.count(tree.spanCount, "span"))
    if let failures { parts.append(style.error(failures)) }
    if tree.start > 0 { parts.append(Durations.instant(tree.start)) }
    return parts.joined(separator: "   ")
  }

  /// `1 span`, `2 spans`.
  package static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

  private func label(of node: TraceTree.Node) -> String {
    guard let span = node.span else { return "? (not received)" }
    return PlainText.of(span.name ?? "?") + (span.isError ? " ✗" : "")
  }

  /// The duration, the span's own time if that is 2 % of the trace or more, and whether the trace waited for the span.
  private func figures(of index: Int) -> String {
    let node = tree.nodes[index]
    guard let span = node.span else { return "" }
    var text = span.duration.map(Durations.text) ?? "–"
    let isWorth = node.selfTime.multipliedClamped(by: 50) >= tree.duration && node.selfTime < span.duration ?? 0
    if !node.children.isEmpty, isWorth { text += "  self \(Durations.text(node.selfTime))" }
    if span.isInterrupted { text += "  interrupted" }
    if tree.isContinuation(index) { text += "  (continued)" }
    if isMain.contains(index) { text += "  " + style.bold("◀ critical") }
    return text
  }

  private var summary: String? {
    if let firstFailure { return firstFailure }
    guard tree.spanCount > 1, !mainNodes.isEmpty, pathTime > 0 else { return nil }
    let names = mainNodes.map { PlainText.of(tree.nodes[$0].span?.name ?? "?") }.joined(separator: " › ")
    let percent = Int(Double(mainTime) / Double(pathTime) * 100 + 0.5)
    return "critical path: \(names), \(Durations.text(mainTime)) of \(Durations.text(pathTime)) (\(percent) %)"
  }

  /// Records whose span is not in the tree.
  private var strays: [String] {
    let shown = Set(tree.nodes.map { $0.id.description })
    let others = records.filter { !shown.contains($0.spanID ?? "") }
    guard !others.isEmpty else { return [] }
    let head = tree.nodes.isEmpty ? [] : ["", "  of spans that were not received:"]
    return head + lines(of: others, withService: true).map { "    " + $0 }
  }
}

extension String {
  /// The text without spaces at its end.
  package var trimmedAtEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
