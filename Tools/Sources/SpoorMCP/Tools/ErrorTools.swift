// SPDX-License-Identifier: Apache-2.0

internal import SpoorGrep
internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources

/// What failed.
enum ErrorTools {
  static let all = [errorGroups, traceErrors]

  private static let traceErrors = Tool(
    "trace_errors", title: "Errors of a trace",
    description: """
      The failures of a trace in order of time: the error, the stack of its throw, its causes with their stacks, the events \
      before it, the fields of its record. Failed spans follow that no record explains.
      """,
    parameters: [.traceID, .offset],
    output: [
      .always("trace_id", .string), .optional("failed_first", Rendering.failure, "The failure that happened first."),
      .always("failures", .list(Rendering.record)),
      .always(
        "failed_spans",
        .list(
          .object([
            .always("span_id", .string), .optional("service", .evidence), .optional("name", .evidence),
            .always("tags", .list(Rendering.field), "Those that describe the error."),
          ]))),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let document = try await sources.trace(arguments.text("trace_id") ?? "", &notes)
    let tree = TraceTree(document.spans)
    let failures = document.logs.filter(\.reportsFailure)
    let explained = Set(failures.compactMap(\.spanID))
    let spans = tree.nodes.indices.filter { index in
      tree.isInnermostFailure(index) && !explained.contains(tree.nodes[index].id.description)
    }
    let first = FirstFailure(records: document.logs, spans: document.spans)
    return Answer(
      members: [
        "trace_id": .string(tree.traceID?.description ?? document.traceIDs.first ?? ""),
        "failed_first": Rendering.failure(first),
      ],
      lists: [
        .page("failures", failures.map { Rendering.record($0, withTrace: false) }, arguments),
        Answer.List("failed_spans", spans.map { span(tree.nodes[$0]) }, how: "ask for span_details"),
      ], notes: notes)
  }

  private static func span(_ node: TraceTree.Node) -> JSON {
    let (service, name) = Rendering.span(node.span)
    let tags = (node.span?.tags ?? []).filter { tag in
      ["error", "exception", "http.status_code", "http.response.status_code", "otel.status"].contains {
        tag.key.hasPrefix($0)
      }
    }
    return .record([
      "span_id": .string(node.id.description), "service": service, "name": name,
      "tags": .array(tags.map { Rendering.field($0.key, $0.value) }),
    ])
  }

  private static let errorGroups = Tool(
    "error_groups", title: "Groups of errors",
    description: """
      The failures of all services in a range of time, grouped by cause, those first that explain most others. Each group \
      has an example with the stack of the throw and the causes, the trace to look at, the earlier failures to which a \
      field of its records leads back (chains), what follows in the same traces, and what only its traces have.
      """,
    parameters: [.query, .since, .until, .limit(50, default: 5), .offset],
    output: [
      .always("records", .integer, "The number of log records that were considered."),
      .always("traces", .integer, "The number of traces that were considered."),
      .always("groups", .list(FailureJSON.shape)),
    ]
  ) { arguments, sources in
    var notes = await sources.refreshed()
    let query = try arguments.query()
    let findings: FailureFindings
    var report = FailureReport()
    if let logs = sources.logs, query == .everything, sources.collector == nil, sources.journals.isEmpty {
      findings = logs.findings
      report = logs.report
    } else {
      await sources.collectFailures(query, arguments, into: &report, &notes)
      findings = FailureFindings(report)
    }
    let groups = findings.json(limit: 1000).compactMap { FailureJSON.marked($0) }
    return Answer(
      members: ["records": .whole(report.recordCount), "traces": .whole(report.traceCount)],
      lists: [.page("groups", groups, arguments, limit: 5)], notes: notes)
  }
}

extension EvidenceSources {
  /// The number of failed traces of a collector that are considered, and of others, spread over the range of time.
  private static let maximumTraces = 60

  /// Collects the failures of all sources, as far as time allows.
  func collectFailures(
    _ query: LogQuery, _ arguments: Arguments, into report: inout FailureReport, _ notes: inout [String]
  ) async {
    let end = deadline
    var spans: [ZipkinSpan] = []
    if let logs {
      let rest = logs.forEachBlock(query, in: arguments.range, until: end) { records in
        for record in records { report.add(record) }
      }
      if let rest { notes.append(LogTools.unread(rest)) }
    }
    for journal in openJournals(&notes) {
      for record in journal.document.logs where query.matches(record) { report.add(record) }
    }
    if let collector {
      for document in await documents(of: collector, arguments, until: end, &notes) {
        for record in document.logs where query.matches(record) && !isInLogs(record) { report.add(record) }
        spans += document.spans
      }
    }
    // A query chooses records, so spans that it does not know count only without one.
    guard arguments.text("query") == nil else { return }
    for trace in TraceIdentities.grouped(spans) { report.add(spans: trace.spans) }
  }

  /// Failed traces and as many others to compare them with.
  private func documents(
    of collector: CollectorClient, _ arguments: Arguments, until end: ContinuousClock.Instant, _ notes: inout [String]
  ) async -> [TraceDocument] {
    do {
      var search = CollectorClient.Search("", limit: 1000)
      (search.since, search.until) = (arguments.since, arguments.until)
      search.patience = timeLimit / 10
      var failed: [TraceSummary] = []
      var hasMore = false
      // Failed spans, and records of failures, also of those from which the program recovered.
      for text in ["error", "error.type", "level=error"] {
        search.text = text
        let found = try await collector.search(search)
        failed += found.traces
        hasMore = hasMore || found.hasMore
      }
      var seen: Set<String> = []
      failed = failed.sorted { $0.start > $1.start }.filter { seen.insert($0.id).inserted }
      (search.text, search.limit) = ("", Self.maximumTraces * 4)
      let others = try await collector.search(search).traces.filter { !seen.contains($0.id) }
      let chosen = (failed.spread(Self.maximumTraces) + others.spread(Self.maximumTraces)).map(\.id)
      let found = await documents(chosen, of: collector, until: end)
      if failed.count > Self.maximumTraces || found.count < chosen.count {
        notes.append(
          "collector: \(found.count) traces are considered, of \(failed.count)\(hasMore ? " or more" : "") that failed; "
            + "set since, until or query to consider others")
      }
      return found
    } catch {
      notes.append("collector: \(error)")
      return []
    }
  }

  /// Traces of a collector, read at the same time, as many as the time allows.
  func documents(
    _ ids: [String], of collector: CollectorClient, until end: ContinuousClock.Instant
  ) async -> [TraceDocument] {
    await withTaskGroup(of: TraceDocument?.self) { group in
      var waiting = ids.makeIterator()
      var found: [TraceDocument] = []
      func begin(_ group: inout TaskGroup<TraceDocument?>) {
        guard ContinuousClock.now < end, let id = waiting.next() else { return }
        group.addTask { try? await collector.trace(id) }
      }
      for _ in 0..<8 { begin(&group) }
      while let document = await group.next() {
        if let document { found.append(document) }
        begin(&group)
      }
      return found
    }
  }
}

extension Array {
  /// At most `count` elements from all parts of the array.
  fileprivate func spread(_ count: Int) -> [Element] {
    guard self.count > count, count > 0 else { return self }
    return (0..<count).map { self[$0 * self.count / count] }
  }
}
