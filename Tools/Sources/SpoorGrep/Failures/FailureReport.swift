// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs
public import SpoorModel

/// Collects failures over all services and traces, in groups of one kind each.
///
/// Memory grows with the number of traces, up to ``maximumTraces``, and not with the number of records.
public struct FailureReport: Sendable {
  /// The failures of further traces are counted, but not related to others.
  public static let maximumTraces = 500_000
  private static let maximumGroups = 10_000

  private(set) var groups: [FailureGroup] = []
  private var groupNumbers: [String: Int] = [:]
  private(set) var notes: [TraceNote] = []
  private(set) var traceNumbers: [String: Int] = [:]
  private(set) var features = FeatureNames()
  /// The spans for which a record reports a failure, by trace.
  private var reported: [String: Set<String>] = [:]
  /// The number of records and of failures among them.
  public private(set) var recordCount = 0
  private(set) var failureCount = 0
  /// The least severe level of a record that counts without an error.
  public let least: LogLevel
  /// The numbers of warnings and notices that do not count.
  public private(set) var others: (warnings: Int, notices: Int) = (0, 0)
  /// The number of traces.
  public var traceCount: Int { notes.count }
  private(set) var first: Int64?
  private(set) var last: Int64?

  /// Creates an empty report.
  ///
  /// - Parameter least: records of this level and of more severe ones count, also without an error.
  public init(from least: LogLevel = .error) { self.least = least }

  /// Takes a record into account.
  public mutating func add(_ record: LogRecord) {
    if let failure = Failure(record, from: least) {
      recordCount += 1
      if let time = record.time { widen(time) }
      if let trace = failure.traceID, let span = record.spanID { reported[trace, default: []].insert(span) }
      add(failure)
    } else if let number = addGood(RecordHead(record), record.severity) {
      for member in record.details { add(field: member.key, member.value.text, to: number) }
    }
  }

  /// Takes a record into account. Only if no level below error counts: of records below it no more than that is known.
  package mutating func add(_ brief: BriefRecord) {
    if let record = brief.whole { return add(record) }
    guard let number = addGood(brief.head, brief.level) else { return }
    unsafe brief.forEachMember { key, value in
      if let feature = unsafe features.number(member: key, value) { notes[number].add(feature: feature) }
    }
  }

  /// Takes a record without a failure into account, without its fields, and returns the number of its trace.
  private mutating func addGood(_ head: RecordHead, _ level: LogLevel) -> Int? {
    recordCount += 1
    switch level {
    case .warning: others.warnings += 1
    case .notice: others.notices += 1
    default: break
    }
    if let time = head.time { widen(time) }
    guard let trace = head.traceID, let number = number(ofTrace: trace) else { return nil }
    if let feature = features.number(service: head.service ?? "", event: head.event ?? "") {
      notes[number].add(feature: feature)
    }
    return number
  }

  /// Takes the spans of one trace into account. All records are added before.
  ///
  /// A failed span counts if none of the spans below it failed, and if no record reports a failure in it or in a span
  /// around it.
  public mutating func add(spans: [ZipkinSpan]) {
    let tree = TraceTree(spans)
    guard let trace = tree.traceID?.description, let number = number(ofTrace: trace) else { return }
    widen(tree.start)
    widen(tree.end)
    let covered = reported[trace] ?? []
    for index in tree.nodes.indices {
      guard let span = tree.nodes[index].span else { continue }
      if span.isError {
        if tree.isInnermostFailure(index), !isReported(index, in: tree, covered) { add(Failure(span)) }
        continue
      }
      if let feature = features.number(service: span.serviceName ?? "", event: span.name ?? "") {
        notes[number].add(feature: feature)
      }
      for tag in span.tags { add(field: tag.key, tag.value, to: number) }
    }
  }

  private func isReported(_ index: Int, in tree: TraceTree, _ covered: Set<String>) -> Bool {
    let service = tree.nodes[index].span?.serviceName
    var next: Int? = index
    while let node = next, tree.nodes[node].span?.serviceName == service {
      if covered.contains(tree.nodes[node].id.description) { return true }
      next = tree.nodes[node].parent
    }
    return false
  }

  private mutating func add(_ failure: Failure) {
    failureCount += 1
    let group: Int
    if let known = groupNumbers[failure.key] {
      group = known
    } else {
      guard groups.count < Self.maximumGroups else { return }
      group = groups.count
      groupNumbers[failure.key] = group
      groups.append(FailureGroup(failure))
    }
    groups[group].add(failure)
    guard let trace = failure.traceID, let number = number(ofTrace: trace) else { return }
    // A list, such as all holders of a pool, does not tell which of them led to the failure.
    let links = failure.fields.compactMap { field -> TraceNote.Link? in
      let ids = TraceLink.ids(in: field.value)
      guard ids.count == 1, ids[0] != trace else { return nil }
      return TraceNote.Link(field: field.key, target: ids[0])
    }
    notes[number].add(group: group, at: failure.time, links: links)
  }

  private mutating func add(field: String, _ value: String, to number: Int) {
    if let feature = features.number(field: field, value: value) { notes[number].add(feature: feature) }
  }

  /// The event or span of a trace that was read first.
  func firstEvent(ofTrace number: Int) -> String? {
    notes[number].firstFeature.flatMap { features.text($0) }
  }

  private mutating func number(ofTrace id: String) -> Int? {
    if let known = traceNumbers[id] { return known }
    guard notes.count < Self.maximumTraces else { return nil }
    traceNumbers[id] = notes.count
    notes.append(TraceNote())
    return notes.count - 1
  }

  private mutating func widen(_ time: Int64) {
    guard time > 0 else { return }
    first = min(first ?? .max, time)
    last = max(last ?? .min, time)
  }
}
