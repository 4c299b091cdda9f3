// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources

/// What services logged.
enum LogTools {
  static let all = [searchLogs]

  private static let searchLogs = Tool(
    "search_logs", title: "Log records",
    description: """
      Log records that meet a query, the newest first. Stacks are left out; trace_errors and span_details have them.
      """,
    parameters: [
      .query, Parameter("trace_id", .traceID, "Only records of this trace."), .since, .until,
      Parameter("order", .choice(["newest", "oldest"]), "newest if left out."), .limit(100, default: 20), .offset,
    ],
    output: [
      .always("found", .integer, "The number of records that match, as far as they were read."),
      .always("records", .list(Rendering.record)),
    ]
  ) { arguments, sources in
    let query = try arguments.query()
    var notes: [String] = []
    var found = Newest(arguments)
    if let id = arguments.text("trace_id") {
      let document = try await sources.trace(id, &notes)
      found.add(document.logs.filter { query.matches($0) })
    } else {
      notes = await sources.refreshed()
      await sources.searchLogs(query, arguments, into: &found, &notes)
    }
    let records = found.page.map { Rendering.record($0, withTrace: true, isBrief: true) }
    return Answer(
      members: ["found": .whole(found.count)],
      lists: [Answer.List("records", records, offset: found.offset, total: found.count)], notes: notes)
  }

  /// A note about logs that were not read within the time, and how to go on.
  static func unread(_ rest: LogIndex.Unread) -> String {
    let looked = "looked at \((rest.total - rest.bytes) >> 20) of \((rest.total + 0xF_FFFF) >> 20) MiB of logs"
    // Times in arguments have milliseconds, and `until` is excluded.
    let (order, edge) =
      rest.isOldestFirst
      ? ("oldest", "since \(Rendering.instant(rest.edge))")
      : ("newest", "until \(Rendering.instant(rest.edge.addingClamped(1000)))")
    return "\(looked), the \(order) first; for the others call again with \(edge), or set trace_id"
  }
}

/// The first records in an order, of all that were found.
struct Newest {
  let offset: Int
  private let limit: Int
  private let isOldestFirst: Bool
  private(set) var count = 0
  private var kept: [LogRecord] = []

  init(_ arguments: Arguments) {
    offset = arguments.int("offset") ?? 0
    limit = arguments.int("limit") ?? 20
    isOldestFirst = arguments.text("order") == "oldest"
  }

  mutating func add(_ records: [LogRecord]) {
    count += records.count
    kept += records
    let oldestFirst = isOldestFirst
    kept.sort { one, other in
      let (left, right) = (one.time ?? .min, other.time ?? .min)
      return oldestFirst ? left < right : left > right
    }
    kept.removeLast(max(0, kept.count - offset - limit))
  }

  var page: ArraySlice<LogRecord> { kept.dropFirst(offset) }
}

extension EvidenceSources {
  /// The traces of a collector whose records are searched.
  private static let maximumTraces = 40

  fileprivate func searchLogs(
    _ query: LogQuery, _ arguments: Arguments, into found: inout Newest, _ notes: inout [String]
  ) async {
    let end = deadline
    if let logs {
      let rest = logs.forEachBlock(
        query, in: arguments.range, isOldestFirst: arguments.text("order") == "oldest", until: end
      ) { found.add($0) }
      if let rest { notes.append(LogTools.unread(rest)) }
    }
    for journal in openJournals(&notes) { found.add(journal.document.logs.filter { query.matches($0) }) }
    guard let collector else { return }
    do {
      var search = CollectorClient.Search(arguments.text("query") ?? "", limit: Self.maximumTraces)
      (search.since, search.until) = (arguments.since, arguments.until)
      search.patience = timeLimit / 4
      let traces = try await collector.search(search)
      if traces.hasMore {
        notes.append(
          "collector: records of its newest \(traces.traces.count) matching traces; set since, until or trace_id")
      }
      for document in await documents(traces.traces.map(\.id), of: collector, until: end) {
        found.add(document.logs.filter { query.matches($0) && !isInLogs($0) })
      }
    } catch {
      notes.append("collector: \(error)")
    }
  }
}
