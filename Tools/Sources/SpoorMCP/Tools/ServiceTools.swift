// SPDX-License-Identifier: Apache-2.0

internal import SpoorInspect
internal import SpoorLogs
internal import SpoorSources

/// Which services there are, and which traces.
enum ServiceTools {
  static let all = [services, searchTraces]

  private static let services = Tool(
    "services", title: "Services",
    description: "Lists the services that wrote spans, log records or journals.",
    parameters: [.offset],
    output: [.always("services", .list(.object([.always("name", .evidence), .always("sources", .list(.string))])))]
  ) { arguments, sources in
    var notes = await sources.refreshed()
    var names: [String: [String]] = [:]
    if let collector = sources.collector {
      do {
        for name in try await collector.services() { names[name, default: []].append("collector") }
      } catch {
        notes.append("collector: \(error)")
      }
    }
    let traced = sources.logs.map { $0.summaries.reduce(into: Set<String>()) { $0.formUnion($1.services) } } ?? []
    for name in traced { names[name, default: []].append("logs") }
    let journals = Set(sources.openJournals(&notes).compactMap { $0.file.content?.service })
    for name in journals { names[name, default: []].append("journals") }
    let items = names.sorted { $0.key < $1.key }.map { name, sources in
      JSON.record(["name": .evidence(name), "sources": .array(sources.map { .string($0) })])
    }
    return Answer(lists: [.page("services", items, arguments)], notes: notes)
  }

  private static let searchTraces = Tool(
    "search_traces", title: "Search of traces",
    description: "Finds traces by service, duration, failure, time, and by what their log records and tags have.",
    parameters: [
      .query, Parameter("service", .text(200), "The name of a service that takes part."),
      Parameter("errors", .boolean, "Only traces with a failure."),
      Parameter("min_duration_ms", .integer(0...86_400_000), "The least duration of the whole trace."),
      .since, .until, Parameter("order", .choice(TraceOrder.allCases.map(\.rawValue)), "newest if left out."),
      .limit(100, default: 20), .offset,
    ],
    output: [
      .always("found", .integer, "The number of traces that match."), .always("traces", .list(Rendering.summary)),
    ]
  ) { arguments, sources in
    var notes = await sources.refreshed()
    let query = try arguments.query()
    var search = try search(arguments)
    search.patience = sources.timeLimit / 2
    let order = arguments.traceOrder
    let (offset, limit) = (arguments.int("offset") ?? 0, arguments.int("limit") ?? 20)
    var rows: [String: TraceSummary] = [:]
    let matching = try sources.logs.map { try inLogs($0, arguments, query, sources.deadline, &notes) } ?? []
    var found = matching.count
    for trace in order.first(offset + limit, of: matching) { rows[trace.id] = trace }
    if let collector = sources.collector {
      do {
        let answer = try await collector.search(search)
        let inLogs = Set(matching.lazy.map(\.id))
        found = max(answer.count, found + answer.traces.count { !inLogs.contains($0.id) })
        for trace in answer.traces { rows[trace.id] = trace }
        if answer.hasMore, order == .oldest {
          notes.append("collector: only its newest traces are considered; set until to see older ones")
        } else if answer.isPartial {
          notes.append(
            "collector: it read the newest traces, as far as time allowed, and more may match; set until to go on")
        }
      } catch {
        notes.append("collector: \(error)")
      }
    }
    let page = order.first(offset + limit, of: Array(rows.values)).dropFirst(offset).map { Rendering.summary($0) }
    return Answer(
      members: ["found": .whole(found)], lists: [Answer.List("traces", page, offset: offset, total: found)],
      notes: notes)
  }

  /// The traces of log files that match.
  private static func inLogs(
    _ logs: LogIndex, _ arguments: Arguments, _ query: LogQuery, _ deadline: ContinuousClock.Instant,
    _ notes: inout [String]
  ) throws -> [TraceSummary] {
    let service = arguments.text("service")
    let least = Int64(arguments.int("min_duration_ms") ?? 0) * 1000
    func matches(_ trace: TraceSummary) -> Bool {
      (service.map { trace.services.contains($0) } ?? true) && trace.duration >= least
        && (!arguments.bool("errors") || trace.failures > 0)
        && trace.end >= arguments.since ?? .min && trace.start < arguments.until ?? .max
    }
    guard arguments.text("query") != nil else { return logs.summaries.filter(matches) }
    var ids: Set<String> = []
    let rest = logs.forEachBlock(query, in: arguments.range, until: deadline) { records in
      ids.formUnion(records.compactMap(\.traceID))
    }
    if let rest { notes.append(LogTools.unread(rest)) }
    return ids.compactMap { logs.summary(of: $0) }.filter(matches)
  }

  /// The same search in the language of the collector.
  private static func search(_ arguments: Arguments) throws(ToolFailure) -> CollectorClient.Search {
    var words: [String] = []
    if let service = arguments.text("service") {
      guard !service.contains("\"") else { throw ToolFailure("service must have no quotation marks, but has") }
      words.append("service=\"\(service)\"")
    }
    if arguments.bool("errors") { words.append("error") }
    if let least = arguments.int("min_duration_ms"), least > 0 { words.append("duration>=\(least)ms") }
    if let query = arguments.text("query") { words.append(query) }
    var search = CollectorClient.Search(words.joined(separator: " "))
    search.since = arguments.since
    search.until = arguments.until
    search.isSlowestFirst = arguments.traceOrder == .slowest
    search.limit = min(1000, (arguments.int("offset") ?? 0) + (arguments.int("limit") ?? 20))
    return search
  }
}

/// The order of found traces.
enum TraceOrder: String, CaseIterable {
  case newest, oldest, slowest

  /// The first traces in this order, those with the same key by their ids.
  func first(_ count: Int, of traces: [TraceSummary]) -> [TraceSummary] {
    // Only keys and places are moved, because there may be 100 000 traces.
    let keys = traces.indices.map { (key: key(of: traces[$0]), place: $0) }
    return keys.sorted { one, other in
      one.key != other.key ? one.key > other.key : traces[one.place].id > traces[other.place].id
    }
    .prefix(count).map { traces[$0.place] }
  }

  /// The key by which the first trace has the largest one.
  private func key(of trace: TraceSummary) -> Int64 {
    switch self {
    case .newest: trace.start
    case .oldest: 0 &- trace.start
    case .slowest: trace.duration
    }
  }
}

extension Arguments {
  /// The order of found traces, by default the newest first.
  var traceOrder: TraceOrder { text("order").flatMap(TraceOrder.init) ?? .newest }

  /// The range of time in microseconds since 1970.
  var range: Range<Int64> { (since ?? .min)..<(until ?? .max) }
}
