// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorInspect
internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources

/// How processes ended, and what they are doing now.
enum ProcessTools {
  static let all = [crashes, inFlight]

  private static let interrupted = Shape.object([
    .always("trace_id", .string), .always("span_id", .string), .optional("parent_id", .string),
    .optional("name", .evidence), .optional("kind", .string), .optional("start", .string),
    .optional("age_us", .integer, "From its start to the last sign of life of its process."),
    .always("tags", .list(Rendering.field)),
  ])

  private static let crashes = Tool(
    "crashes", title: "Crashes and killed processes",
    description: """
      Processes that crashed or were killed: the reason, the stack, the requests that were interrupted. From log records of \
      the services' next starts, from interrupted spans, and from journals that no start has read yet.
      """,
    parameters: [.since, .until, .offset],
    output: [
      .always("records", .list(Rendering.record), "What services wrote at their next start, the newest first."),
      .always(
        "journals",
        .list(
          .object([
            .always("service", .evidence), .always("pid", .integer), .always("last_seen", .string),
            .always("interrupted", .list(interrupted)),
          ])), "Processes that ended, and whose service has not started again."),
      .always("traces", .list(Rendering.summary), "Traces with interrupted spans."),
    ]
  ) { arguments, sources in
    var notes = await sources.refreshed()
    let range = arguments.range
    var records = (sources.logs?.processEnds ?? []).filter { range.contains($0.time ?? range.lowerBound) }
    let journals = sources.openJournals(&notes)
    records += journals.flatMap(\.document.logs).filter { ProcessEnd.isReported(by: $0.event) }
    var traces: [JSON] = []
    if let collector = sources.collector {
      do {
        var search = CollectorClient.Search("spoor.interrupted=true", limit: 20)
        (search.since, search.until) = (arguments.since, arguments.until)
        traces = try await collector.search(search).traces.map { Rendering.summary($0) }
        search.text = "event=process_crashed"
        for trace in try await collector.search(search).traces {
          let document = try await collector.trace(trace.id)
          records += (document?.logs ?? []).filter { ProcessEnd.isReported(by: $0.event) && !sources.isInLogs($0) }
        }
      } catch {
        notes.append("collector: \(error)")
      }
    }
    records.sort { ($0.time ?? .min) > ($1.time ?? .min) }
    let dead = journals.filter { $0.file.state == .dead && !$0.openSpans.isEmpty }
    return Answer(
      lists: [
        .page("records", records.map { Rendering.record($0, withTrace: true) }, arguments),
        Answer.List("journals", dead.compactMap { json($0) }, how: "ask for a larger max_bytes"),
        Answer.List("traces", traces, how: "call search_traces with query spoor.interrupted=true"),
      ], notes: notes)
  }

  private static let inFlight = Tool(
    "in_flight", title: "Requests in flight",
    description: """
      The living processes, and the spans that are open in them now, the oldest first, from the journals of the \
      processes. Needs --journal.
      """,
    parameters: [.limit(1000, default: 100), .offset],
    output: [
      .always(
        "processes",
        .list(
          .object([
            .always("service", .evidence), .always("pid", .integer), .always("last_seen", .string),
            .always("open_spans", .integer),
          ])), "Those with the most open spans first."),
      .always(
        "open",
        .list(
          .object([
            .always("service", .evidence), .always("pid", .integer), .always("trace_id", .string),
            .always("span_id", .string), .optional("parent_id", .string), .always("name", .evidence),
            .optional("kind", .string), .optional("start", .string), .always("age_us", .integer),
            .always("tags", .list(Rendering.field)),
            .optional("last_event", .evidence, "The newest log event inside the span."),
          ])), "The open spans of all processes, the oldest first."),
    ]
  ) { arguments, sources in
    guard !sources.journals.isEmpty else {
      throw ToolFailure("in_flight needs journals of processes: start `spoor mcp` with --journal DIRECTORY")
    }
    var notes: [String] = []
    let processes = sources.livingProcesses(&notes).sorted {
      ($1.spans.count, $0.service, $0.processID) < ($0.spans.count, $1.service, $1.processID)
    }
    let spans = processes.flatMap(\.spans).sorted { ($0.start, $0.spanID) < ($1.start, $1.spanID) }
    let (offset, limit) = (arguments.int("offset") ?? 0, arguments.int("limit") ?? 100)
    return Answer(
      lists: [
        Answer.List("processes", processes.map { json($0) }, how: "ask for a larger max_bytes"),
        Answer.List(
          "open", spans.dropFirst(offset).prefix(limit).map { json($0) }, offset: offset, total: spans.count),
      ], notes: notes)
  }

  private static func json(_ process: LiveProcess) -> JSON {
    .record([
      "service": .evidence(process.service), "pid": .int(Int64(clamping: process.processID)),
      "last_seen": Rendering.time(Int64(clamping: process.lastSeen / 1000)), "open_spans": .whole(process.spans.count),
    ])
  }

  private static func json(_ span: LiveSpan) -> JSON {
    .record([
      "service": .evidence(span.service), "pid": .int(Int64(clamping: span.processID)),
      "trace_id": .string(span.traceID), "span_id": .string(span.spanID),
      "parent_id": span.parentID.map { .string($0) }, "name": .evidence(span.name),
      "kind": span.kind.map { .string($0) }, "start": Rendering.time(Int64(clamping: span.start / 1000)),
      "age_us": .int(Int64(clamping: span.age / 1000)),
      "tags": .array(span.tags.map { Rendering.field($0.key, $0.value) }),
      "last_event": span.lastEvent.map { .evidence($0) },
    ])
  }

  /// A dead process with the spans that were open at its end, the oldest first; `nil` if its journal cannot be read.
  private static func json(_ journal: Journal) -> JSON? {
    guard let content = journal.file.content else { return nil }
    let seen = Int64(clamping: content.lastSeen / 1000)
    let spans = journal.openSpans.sorted { ($0.timestamp ?? 0) < ($1.timestamp ?? 0) }.map { span in
      JSON.record([
        "trace_id": .string(span.traceID.description), "span_id": .string(span.id.description),
        "parent_id": span.parentID.map { .string($0.description) }, "name": span.name.map { .evidence($0) },
        "kind": span.kind.map { .string($0.name) }, "start": Rendering.time(span.timestamp),
        "age_us": span.timestamp.map { .int(max(0, seen.subtractingClamped($0))) },
        "tags": .array(
          span.tags.filter { !["error", "spoor.interrupted"].contains($0.key) }.map {
            Rendering.field($0.key, $0.value)
          }),
      ])
    }
    return [
      "service": .evidence(content.service), "pid": .int(Int64(clamping: content.processID)),
      "last_seen": Rendering.time(seen) ?? .null, "interrupted": .array(spans),
    ]
  }
}
