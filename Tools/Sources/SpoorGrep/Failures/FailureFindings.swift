// SPDX-License-Identifier: Apache-2.0

/// How the groups of a ``FailureReport`` are related: which failure came first in a trace, which trace a failure leads
/// back to, and what only failed traces have.
public struct FailureFindings: Sendable {
  /// The end of the chains from a group's traces along one field.
  struct Chain: Sendable {
    let field: String
    /// The number of traces from which a chain leads elsewhere.
    var traces = 0
    /// The groups that came first in the traces at the starts of the chains, with the number of these traces.
    var origins: [Int: Set<Int>] = [:]
    /// The traces whose chain ends in each origin group.
    var counts: [Int: Int] = [:]
  }

  /// A trace without a failure that failures of a group name, as the trace that holds a lock.
  struct Link: Sendable {
    let field: String
    let traceID: String
    /// The first event or span of that trace; empty if unknown.
    let event: String
    /// The number of traces that name it.
    let traces: Int
  }

  /// Something that a group's traces have and good ones lack.
  struct Distinction: Sendable {
    /// A field with its value (`zone=b`), an event or a span.
    let text: String
    /// The share of the group's traces and of good traces that have it.
    let failed: Double
    let good: Double
    /// The time of the first failure of the group in a trace that has it.
    var since: Int64?
    /// Other groups of which every failure has that value, and which began earlier.
    var earlier: [Int] = []
  }

  /// A group of failures in its context.
  struct Finding: Sendable {
    let group: Int
    /// The number of traces with such a failure.
    var traces = 0
    /// The number of traces in which it is the first failure.
    var firstIn = 0
    /// The number of traces of other groups whose chains lead back to a trace in which it is the first failure.
    var explains = 0
    /// The groups that follow in the same traces, with the number of traces.
    var followers: [Int: Int] = [:]
    var chains: [Chain] = []
    /// The traces without a failure that its traces name, the one that is named most first.
    var links: [Link] = []
    /// What its traces have and good ones lack.
    var distinctions: [Distinction] = []
    /// A trace to open: of those in which it is the first failure, the earliest that has most of the distinctions.
    var example: String?
  }

  let report: FailureReport
  /// The groups that are the first failure of some trace or have no trace, and critical ones, which may be reported
  /// later than what they caused. Critical ones come first, then those that explain most.
  private(set) var findings: [Finding] = []
  /// The number of traces with a failure.
  private(set) var failedTraces = 0
  /// The share of traces without a failure that have a value of a field (`zone=b`), where it is known.
  private var goodShares: [String: Double] = [:]
  /// The fields with few values that traces without a failure have.
  private var goodFields: Set<String> = []
  /// The group that is the first failure of each trace.
  private let firstGroups: [Int?]

  /// Whether there is no failure.
  public var isEmpty: Bool { findings.isEmpty }

  /// Relates the groups of a report.
  public init(_ report: FailureReport) {
    self.report = report
    firstGroups = Self.firstGroups(report)
    var all = report.groups.indices.map { Finding(group: $0) }
    let ids = Self.ids(report)
    for (trace, note) in report.notes.enumerated() {
      guard let first = firstGroups[trace] else { continue }
      failedTraces += 1
      for group in Set(note.failures.map(\.group)) {
        all[group].traces += 1
        if report.groups[group].isCritical, all[group].example == nil { all[group].example = ids[trace] }
        if group != first { all[first].followers[group, default: 0] += 1 }
      }
      all[first].firstIn += 1
      if all[first].example == nil { all[first].example = ids[trace] }
    }
    follow(&all)
    link(&all, ids)
    distinguish(&all, ids)
    // A group that nearly always follows another one is shown with that one.
    findings = all.filter { finding in
      finding.traces == 0 || finding.firstIn * 10 >= finding.traces || report.groups[finding.group].isCritical
    }
    .sorted { one, other in
      let (left, right) = (one.weight(report), other.weight(report))
      return left == right ? one.group < other.group : left > right
    }
  }

  private static func ids(_ report: FailureReport) -> [String] {
    var ids = [String](repeating: "", count: report.notes.count)
    for (id, number) in report.traceNumbers { ids[number] = id }
    return ids
  }

  /// The group that is the first failure of each trace. Of several at the same time, which only clocks of milliseconds
  /// know, it is the one that is first in most other traces.
  private static func firstGroups(_ report: FailureReport) -> [Int?] {
    var counts: [Int: Int] = [:]
    for note in report.notes {
      let first = note.firstGroups
      if first.count == 1 { counts[first[0], default: 0] += 1 }
    }
    return report.notes.map { note in
      let first = note.firstGroups
      let most = first.map { counts[$0] ?? 0 }.max() ?? 0
      return first.first { counts[$0] ?? 0 == most }
    }
  }

  /// Finds the traces without a failure that failures name.
  private func link(_ all: inout [Finding], _ ids: [String]) {
    var counts: [Int: [TraceNote.Link: Int]] = [:]
    for (trace, note) in report.notes.enumerated() {
      guard let group = firstGroups[trace] else { continue }
      for link in note.links {
        guard let target = report.traceNumbers[link.target], firstGroups[target] == nil else { continue }
        counts[group, default: [:]][link, default: 0] += 1
      }
    }
    for (group, links) in counts {
      let most = links.sorted { ($1.value, $0.key.target) < ($0.value, $1.key.target) }.prefix(2)
      all[group].links = most.map { link, count in
        let event = report.traceNumbers[link.target].flatMap { report.firstEvent(ofTrace: $0) } ?? ""
        return Link(field: link.field, traceID: link.target, event: event, traces: count)
      }
    }
  }

  /// Follows the fields that name other failed traces to the start of each chain.
  private func follow(_ all: inout [Finding]) {
    for (trace, note) in report.notes.enumerated() {
      guard let group = firstGroups[trace] else { continue }
      for field in Set(note.links.map(\.field)) {
        guard let start = origin(of: trace, along: field), start != trace,
          let origin = firstGroups[start]
        else { continue }
        let place =
          all[group].chains.firstIndex { $0.field == field }
          ?? {
            all[group].chains.append(Chain(field: field))
            return all[group].chains.count - 1
          }()
        all[group].chains[place].traces += 1
        all[group].chains[place].origins[origin, default: []].insert(start)
        all[group].chains[place].counts[origin, default: 0] += 1
        if origin != group { all[origin].explains += 1 }
      }
    }
  }

  /// The last failed trace that is reached through the field; the trace itself if it names no failed one.
  private func origin(of trace: Int, along field: String) -> Int? {
    var current = trace
    var seen: Set<Int> = [trace]
    while let next = report.notes[current].links.lazy.filter({ $0.field == field })
      .compactMap({ report.traceNumbers[$0.target] }).first(where: { firstGroups[$0] != nil })
    {
      guard seen.insert(next).inserted else {
        // A trace that held something twice is before and after another one. The earliest failure began it.
        return seen.min { (report.notes[$0].firstTime, $0) < (report.notes[$1].firstTime, $1) }
      }
      current = next
    }
    return current
  }

  /// The share of traces without a failure that have this value of a field; `nil` if they lack the field, or if it has
  /// many values.
  func goodShare(_ field: String, _ value: String) -> Double? {
    goodFields.contains(field) ? goodShares["\(field)=\(value)", default: 0] : nil
  }

  private static let leastDifference = 0.5

  /// Finds what most traces of a group have and few traces without a failure.
  private mutating func distinguish(_ all: inout [Finding], _ ids: [String]) {
    var good: [Int32: Int] = [:]
    var failed: [Int: [Int32: Int]] = [:]
    var goodTraces = 0
    for (trace, note) in report.notes.enumerated() {
      if let group = firstGroups[trace] {
        for feature in note.features { failed[group, default: [:]][feature, default: 0] += 1 }
      } else if !note.features.isEmpty {
        goodTraces += 1
        for feature in note.features { good[feature, default: 0] += 1 }
      }
    }
    guard goodTraces > 0 else { return }
    for (feature, count) in good {
      if let text = report.features.text(feature) { goodShares[text] = Double(count) / Double(goodTraces) }
      if let field = report.features.field(feature) { goodFields.insert(field) }
    }
    var numbers: [Int: [Int32]] = [:]
    for (group, counts) in failed {
      let isFew = all[group].firstIn < Self.leastTraces
      if isFew, goodTraces < Self.leastGoodTraces { continue }
      let shares = counts.compactMap { feature, count -> (number: Int32, distinction: Distinction)? in
        let own = Double(count) / Double(all[group].firstIn)
        let other = Double(good[feature] ?? 0) / Double(goodTraces)
        // A few traces tell only by what no good trace has.
        guard isFew ? own == 1 && other == 0 : own - other >= Self.leastDifference,
          let text = report.features.text(feature), !isFew || report.features.field(feature) != nil
        else { return nil }
        return (feature, Distinction(text: text, failed: own, good: other))
      }
      let best = shares.sorted { one, two in
        let (left, right) = (one.distinction, two.distinction)
        return (right.failed - right.good, left.text) < (left.failed - left.good, right.text)
      }
      .prefix(isFew ? 2 : 4)
      numbers[group] = best.map(\.number)
      all[group].distinctions = best.map(\.distinction)
    }
    chooseExamples(&all, numbers, ids)
    for group in all.indices {
      for index in all[group].distinctions.indices { findEarlier(&all[group].distinctions[index], than: group) }
    }
  }

  /// Chooses the trace to open for each group with distinctions, and notes since when its failures have them.
  private func chooseExamples(_ all: inout [Finding], _ numbers: [Int: [Int32]], _ ids: [String]) {
    var best: [Int: (count: Int, time: Int64, trace: Int)] = [:]
    for (trace, note) in report.notes.enumerated() {
      guard let group = firstGroups[trace], let numbers = numbers[group], !numbers.isEmpty else { continue }
      let time = note.firstTime
      var count = 0
      for (index, number) in numbers.enumerated() where note.features.contains(number) {
        count += 1
        all[group].distinctions[index].since = min(all[group].distinctions[index].since ?? .max, time)
      }
      if let known = best[group], (known.count, -known.time) >= (count, -time) { continue }
      best[group] = (count, time, trace)
    }
    for (group, choice) in best where !report.groups[group].isCritical { all[group].example = ids[choice.trace] }
  }

  /// Finds the other groups whose failures all have the value of a distinction, and that began before it.
  private func findEarlier(_ distinction: inout Distinction, than group: Int) {
    guard let since = distinction.since, let sign = distinction.text.firstIndex(of: "=") else { return }
    let (key, value) = (distinction.text[..<sign], String(distinction.text[sign...].dropFirst()))
    distinction.earlier = report.groups.indices.filter { other in
      let known = report.groups[other]
      guard other != group, let first = known.first, first < since else { return false }
      return known.fields.first { $0.key == key }?.values[value] == known.count
    }
  }

  /// Groups that are the first failure of fewer traces tell less by what the traces have.
  private static let leastTraces = 3
  /// With fewer good traces a field of ids looks like one with few values.
  private static let leastGoodTraces = 100
}

extension FailureFindings.Finding {
  /// The order of importance: failures that it explains, its own ones, handled ones at half the weight.
  fileprivate func weight(_ report: FailureReport) -> Int {
    let group = report.groups[group]
    if group.isCritical { return .max }
    return 2 * explains + 2 * max(firstIn, group.count - traces) - (group.handled == group.count ? firstIn : 0)
  }
}
