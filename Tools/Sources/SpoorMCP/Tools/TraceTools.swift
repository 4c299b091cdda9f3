// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources

/// What a trace consists of.
enum TraceTools {
  static let all = [topology, criticalPath, spanDetails]

  private static let topology = Tool(
    "trace_topology", title: "Topology of a trace",
    description: """
      The spans of a trace as a tree in order of time, each below its parent, without attributes. span_details has those.
      """,
    parameters: [.traceID, .offset],
    output: [
      .always("trace_id", .string), .optional("start", .string), .always("duration_us", .integer),
      .always("span_count", .integer), .always("failed_spans", .integer), .always("log_records", .integer),
      .always(
        "spans",
        .list(
          .object([
            .always("span_id", .string), .optional("parent_id", .string), .always("depth", .integer),
            .optional("service", .evidence), .optional("name", .evidence), .optional("kind", .string),
            .optional("start_us", .integer, "From the start of the trace, with clocks corrected."),
            .optional("duration_us", .integer), .optional("self_us", .integer, "Time without an active child."),
            .optional("failed", .boolean), .optional("interrupted", .boolean, "Its process ended before the span did."),
            .optional("missing", .boolean, "Other spans name it as their parent, but it was not received."),
            .optional("log_records", .integer),
          ]))),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let document = try await sources.trace(arguments.text("trace_id") ?? "", &notes)
    let tree = TraceTree(document.spans)
    var records: [String: Int] = [:]
    for record in document.logs { records[record.spanID ?? "", default: 0] += 1 }
    let items = tree.nodes.map { node in
      let (service, name) = Rendering.span(node.span)
      let isInterrupted = node.span?.tag("spoor.interrupted") == "true"
      return JSON.record([
        "span_id": .string(node.id.description),
        "parent_id": node.parent.map { .string(tree.nodes[$0].id.description) },
        "depth": .whole(node.depth), "service": service, "name": name, "kind": node.span?.kind.map { .string($0.name) },
        "start_us": node.start.map { .int($0.subtractingClamped(tree.start)) },
        "duration_us": node.span?.duration.map { .int($0) },
        "self_us": node.children.isEmpty || node.span == nil ? nil : .int(node.selfTime),
        "failed": node.span?.isError == true ? .bool(true) : nil, "interrupted": isInterrupted ? .bool(true) : nil,
        "missing": node.span == nil ? .bool(true) : nil,
        "log_records": records[node.id.description].map { .whole($0) },
      ])
    }
    return Answer(
      head(tree, document),
      members: [
        "span_count": .whole(tree.spanCount), "failed_spans": .whole(tree.errorCount),
        "log_records": .whole(document.logs.count),
      ], lists: [.page("spans", items, arguments, limit: 2000)], notes: notes)
  }

  private static let criticalPath = Tool(
    "critical_path", title: "Critical path of a trace",
    description:
      "The spans that determined how long the trace took, in order of time, with the time that each took itself.",
    parameters: [.traceID, .offset],
    output: [
      .always("trace_id", .string), .optional("start", .string), .always("duration_us", .integer),
      .always("path_us", .integer, "The time that the path covers."),
      .always(
        "path",
        .list(
          .object([
            .always("span_id", .string), .optional("service", .evidence), .optional("name", .evidence),
            .always("own_us", .integer), .always("share", .number, "Of path_us, from 0 to 1."),
            .optional("failed", .boolean),
          ]))),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let document = try await sources.trace(arguments.text("trace_id") ?? "", &notes)
    let tree = TraceTree(document.spans)
    let path = CriticalPath(tree)
    let total = path.segments.reduce(Int64(0)) { $0.addingClamped($1.duration) }
    let own = path.ownTimes
    var seen: Set<Int> = []
    let nodes = path.segments.map(\.node).filter { seen.insert($0).inserted }
    let items = nodes.map { index in
      let node = tree.nodes[index]
      let (service, name) = Rendering.span(node.span)
      let time = own[index] ?? 0
      return JSON.record([
        "span_id": .string(node.id.description), "service": service, "name": name, "own_us": .int(time),
        "share": .double(total > 0 ? (Double(time) / Double(total) * 1000).rounded() / 1000 : 0),
        "failed": node.span?.isError == true ? .bool(true) : nil,
      ])
    }
    return Answer(
      head(tree, document), members: ["path_us": .int(total)],
      lists: [.page("path", items, arguments, limit: 2000)], notes: notes)
  }

  private static let spanDetails = Tool(
    "span_details", title: "Details of spans",
    description: "Attributes, events and log records of up to 20 spans of a trace.",
    parameters: [
      .traceID, Parameter("span_ids", .spanIDs(20), "The ids of the spans, from trace_topology.", required: true),
    ],
    output: [
      .always("trace_id", .string), .optional("start", .string), .always("duration_us", .integer),
      .always("unknown_span_ids", .list(.string)),
      .always(
        "spans",
        .list(
          .object([
            .always("span_id", .string), .optional("service", .evidence), .optional("name", .evidence),
            .optional("kind", .string), .optional("remote_service", .evidence), .optional("start", .string),
            .optional("duration_us", .integer), .always("failed", .boolean), .always("tags", .list(Rendering.field)),
            .always("events", .list(.object([.always("at_us", .integer), .always("text", .evidence)]))),
            .always("records", .list(Rendering.record)),
          ]))),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let document = try await sources.trace(arguments.text("trace_id") ?? "", &notes)
    let tree = TraceTree(document.spans)
    let wanted = arguments.texts("span_ids") ?? []
    let nodes = tree.nodes.filter { wanted.contains($0.id.description) && $0.span != nil }
    let unknown = Set(wanted).subtracting(nodes.map(\.id.description)).sorted()
    let items = nodes.compactMap { node -> JSON? in
      guard let span = node.span else { return nil }
      let (service, name) = Rendering.span(span)
      let records = document.logs.filter { $0.spanID == node.id.description }
      let events = span.annotations.map { event in
        JSON.record([
          "at_us": .int(event.timestamp.subtractingClamped(span.timestamp ?? event.timestamp)),
          "text": .evidence(event.value),
        ])
      }
      return .record([
        "span_id": .string(node.id.description), "service": service, "name": name,
        "kind": span.kind.map { .string($0.name) },
        "remote_service": span.remoteEndpoint?.serviceName.map { .evidence($0) }, "start": Rendering.time(node.start),
        "duration_us": span.duration.map { .int($0) }, "failed": .bool(span.isError),
        "tags": .array(span.tags.map { Rendering.field($0.key, $0.value) }), "events": .array(events),
        "records": .array(records.map { Rendering.record($0, withTrace: false) }),
      ])
    }
    let list = Answer.List("spans", items, how: "ask for fewer span_ids, or for a larger max_bytes")
    return Answer(
      head(tree, document), members: ["unknown_span_ids": .array(unknown.map { .string($0) })], lists: [list],
      notes: notes)
  }

  private static func head(_ tree: TraceTree, _ document: TraceDocument) -> [JSON.Member] {
    let id = tree.traceID?.description ?? document.traceIDs.first ?? ""
    var members = [JSON.Member(key: "trace_id", value: .string(id))]
    if tree.start > 0, let start = Rendering.time(tree.start) { members.append(.init(key: "start", value: start)) }
    return members + [JSON.Member(key: "duration_us", value: .int(tree.duration))]
  }
}
