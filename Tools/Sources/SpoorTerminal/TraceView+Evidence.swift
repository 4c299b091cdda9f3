// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel

extension TraceView {
  /// What is shown below a span: its failure, tags, events and records.
  func details(of index: Int) -> [String] {
    guard let span = tree.nodes[index].span else { return [] }
    let records = bySpan[tree.nodes[index].id.description] ?? []
    var lines: [String] = []
    if let error = span.failure, !records.contains(where: { $0.error != nil }), !isRepeated(error, index) {
      lines.append(style.error("✗ " + PlainText.of(error)))
    }
    if showsDetails {
      lines += SpanDetails(span, style: style, start: tree.start, skew: tree.nodes[index].skew).lines
    } else {
      lines += SpanSummary(span, style: style).lines
    }
    return lines + self.lines(of: records, showsStack: !origins.hasStackBelow[index])
  }

  /// Whether a span below has the error as well: there it is shown.
  private func isRepeated(_ error: String, _ index: Int) -> Bool {
    guard let below = origins.failure[index], below != index else { return false }
    // The status of an answer says nothing that the failure below does not.
    if error.isEmpty || error.allSatisfy(\.isNumber) { return true }
    return tree.nodes[below].span?.failure?.contains(error) == true
      || (bySpan[tree.nodes[below].id.description] ?? []).contains { $0.error?.contains(error) == true }
  }

  /// Records with their errors, the stacks and the causes. An error that an earlier one of them has, too, with the same
  /// stacks, is not written again.
  func lines(of records: [Record], withService: Bool = false, showsStack: Bool = true) -> [String] {
    var shown: Set<[String?]> = []
    return records.flatMap { record in
      let failure = [record.error, record.stackTrace] + record.causes.flatMap { [$0.text, $0.stackTrace] }
      let isRepeated = record.error != nil && !shown.insert(failure).inserted && !showsDetails
      return lines(of: record, withService: withService, showsStack: showsStack, isRepeated: isRepeated)
    }
  }

  private func lines(of record: Record, withService: Bool, showsStack: Bool, isRepeated: Bool) -> [String] {
    let level = style.level(PlainText.of(record.level), level: record.level)
    let service = withService ? " " + style.service(PlainText.of(record.service), name: record.service) : ""
    let time = PlainText.of(String(record.timestamp.drop { $0 != "T" }.dropFirst().prefix(12)))
    var lines = [
      "\(time) \(level)\(service) \(PlainText.of(record.event)) \(PlainText.of(record.details))".trimmedAtEnd
    ]
    if isRepeated { return lines + ["the same error again" + (record.isHandled ? "   (handled)" : "")] }
    if let error = record.error {
      lines.append(style.error(PlainText.of(error)) + (record.isHandled ? "   (handled)" : ""))
    }
    guard showsStack || showsDetails else { return lines }
    lines += StackLines.of(record.stackTrace ?? "").map { "  " + $0 }
    for cause in record.causes {
      lines.append("caused by " + PlainText.of(cause.text))
      lines += StackLines.of(cause.stackTrace ?? "").map { "  " + $0 }
    }
    // Events that have a record of their own are shown there.
    let missing = record.breadcrumbs.filter { crumb in !records.contains { $0.event == crumb } }
    if !missing.isEmpty { lines.append("before it: " + missing.map { PlainText.of($0) }.joined(separator: ", ")) }
    return lines
  }

  /// The title of a trace of which only log records are known.
  var recordsTitle: String {
    let services = Set(records.map(\.service)).count
    var parts = [traceID ?? "–", Self.count(services, "service"), "\(Self.count(records.count, "record")), no spans"]
    if let failures { parts.append(style.error(failures)) }
    if let first = records.first { parts.append(PlainText.of(first.timestamp)) }
    return parts.joined(separator: "   ")
  }

  /// `1 error`, `1 error in 6 spans`, `1 error (handled)`; `nil` without any. A failure that is passed on from span to
  /// span is one error.
  var failures: String? {
    let innermost = origins.innermost
    guard !innermost.isEmpty else {
      let reported = records.filter { $0.error != nil }
      guard !reported.isEmpty else { return nil }
      return Self.count(reported.count, "error") + (reported.allSatisfy(\.isHandled) ? " (handled)" : "")
    }
    let spans = tree.errorCount
    let more = spans > innermost.count ? " in \(Self.count(spans, "span"))" : ""
    let isHandled = innermost.allSatisfy { origins.isHandled[$0] }
    return Self.count(innermost.count, "error") + more + (isHandled ? " (handled)" : "")
  }

  /// Where a failed trace failed first; `nil` if its root did not fail.
  var firstFailure: String? {
    guard tree.rootSpan?.isError == true,
      let first = origins.innermost.min(by: {
        (tree.nodes[$0].end ?? .max, $0) < (tree.nodes[$1].end ?? .max, $1)
      }),
      let span = tree.nodes[first].span
    else { return nil }
    let place = [span.serviceName, span.name].compactMap(\.self).joined(separator: " ")
    let record = (bySpan[tree.nodes[first].id.description] ?? []).first { $0.error != nil }
    let reason =
      [record?.causes.last?.text, record?.error, span.failure].compactMap(\.self).first { !$0.isEmpty } ?? ""
    let what = reason.isEmpty ? "" : ": " + TextWidth.cut(PlainText.of(reason), to: 200)
    return "failed first: \(style.error(PlainText.of(place)))\(what)"
  }
}

/// For each node of a tree: where below it a failure began, whether a stack is shown there, and whether the failure was
/// handled. Computed in two passes, because a trace may have 100 000 nodes.
struct FailureOrigins: Sendable {
  /// The first failed node at or below the node below which none failed; `nil` if there is none.
  private(set) var failure: [Int?]
  /// Whether a record of a failed span below the node has a stack.
  private(set) var hasStackBelow: [Bool]
  /// The failed nodes below which none failed.
  private(set) var innermost: [Int] = []
  /// Whether the node failed, and so did those around it up to one that waited for them and did not fail.
  private(set) var isHandled: [Bool]

  init(_ tree: TraceTree, _ bySpan: [String: [TraceView.Record]]) {
    failure = Array(repeating: nil, count: tree.nodes.count)
    hasStackBelow = Array(repeating: false, count: tree.nodes.count)
    isHandled = Array(repeating: false, count: tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() {
      guard let span = node.span, span.isError, let parent = node.parent else { continue }
      let caller = tree.nodes[parent].span
      isHandled[index] =
        caller?.isError == true
        ? isHandled[parent] : caller != nil && !span.isInterrupted && !tree.isContinuation(index)
    }
    for index in tree.nodes.indices.reversed() {
      let node = tree.nodes[index]
      let isError = node.span?.isError == true
      failure[index] = node.children.lazy.compactMap { [failure] in failure[$0] }.first ?? (isError ? index : nil)
      if isError, failure[index] == index { innermost.append(index) }
      guard let parent = node.parent, !hasStackBelow[parent] else { continue }
      let hasStack = isError && (bySpan[node.id.description] ?? []).contains { $0.stackTrace != nil }
      hasStackBelow[parent] = hasStack || hasStackBelow[index]
    }
  }
}

extension ZipkinSpan {
  /// Why the span failed: the tag `error`, or the HTTP status if the tag is empty; `nil` if it did not fail.
  fileprivate var failure: String? {
    guard let reason = tag("error") else { return nil }
    return reason.isEmpty ? tag("http.response.status_code") ?? tag("http.status_code") ?? "" : reason
  }

  /// Whether its process ended before the span.
  var isInterrupted: Bool { tag("spoor.interrupted") == "true" }
}
