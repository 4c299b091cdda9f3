// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs
public import SpoorTerminal

extension FailureFindings {
  /// The findings as lines for a terminal, the first `limit` of them.
  public func lines(style: TerminalStyle, limit: Int, isLocal: Bool = false) -> [String] {
    var lines = [title(isLocal)]
    for (number, finding) in findings.prefix(limit).enumerated() {
      lines.append("")
      lines += self.lines(of: finding, number: number + 1, style: style, isLocal: isLocal)
    }
    if findings.count > limit {
      let of = report.least < .error ? "" : " of failure"
      lines += ["", "… \(findings.count - limit) more kinds\(of) (--top \(findings.count) shows them)"]
    }
    return lines
  }

  private func title(_ isLocal: Bool) -> String {
    let isFailure = report.least >= .error
    let count = TraceView.count(report.failureCount, isFailure ? "failure" : "record")
    let level = isFailure ? "" : " from \(report.least.name) on"
    var parts = ["\(count)\(level) of \(TraceView.count(report.groups.count, "kind"))"]
    if !report.notes.isEmpty { parts.append("in \(Self.share(failedTraces, of: report.notes.count, "trace"))") }
    let range = RecordTime.range(report.first, report.last, isLocal: isLocal)
    return (parts + (range.isEmpty ? [] : [range])).joined(separator: "   ")
  }

  private func lines(of finding: Finding, number: Int, style: TerminalStyle, isLocal: Bool) -> [String] {
    let group = report.groups[finding.group]
    let sample = group.sample
    var head = "\(number)  \(name(finding.group, style))  × \(group.count)"
    if group.handled > 0 { head += group.handled == group.count ? "  (handled)" : "  (\(group.handled) handled)" }
    var lines = [head]
    if !sample.text.isEmpty { lines.append(style.error(Self.cut(sample.text))) }
    lines += group.texts.values.filter {
      $0.example != sample.text && Failure.pattern($0.example) != Failure.pattern(sample.text)
    }
    .sorted { ($1.count, $0.example) < ($0.count, $1.example) }.prefix(3)
    .map { "also \(Self.cut($0.example)) × \($0.count)" }
    // The first kind is the one to look at.
    let depth = number == 1 ? 2 : 1
    var shown = frames(sample.stack, depth)
    lines += shown
    for cause in sample.causes.prefix(4) {
      lines.append("caused by " + Self.cut(cause.text))
      // The callers of a cause are often those of the error.
      let new = frames(cause.stack, depth).filter { !shown.contains($0) }
      shown += new
      lines += new
    }
    var when = [RecordTime.range(group.first, group.last, isLocal: isLocal)]
    // The title has the share of a single kind.
    if finding.traces > 0, report.groups.count > 1 {
      when.append("in \(Self.share(finding.traces, of: report.notes.count, "trace"))")
    }
    when.removeAll { $0.isEmpty }
    if !when.isEmpty { lines.append(when.joined(separator: ", ")) }
    if finding.explains > 0 {
      lines.append(style.bold("begins the chain of \(TraceView.count(finding.explains, "other failed trace"))"))
    }
    lines += finding.chains.flatMap { self.lines(of: $0, style) }
    lines += finding.links.map { line(of: $0, in: finding) }
    if let fields = fieldText(group, finding) { lines.append(fields) }
    lines += finding.distinctions.map { line(of: $0, in: finding, isLocal: isLocal) }
    // A crash is reported after what it caused.
    let followers = finding.followers.filter { !report.groups[$0.key].isCritical }
    for (follower, traces) in followers.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(3) {
      // With several messages it is not known which of them followed.
      let texts = report.groups[follower].texts
      let own = findings.firstIndex { $0.group == follower }
      let text = own == nil && texts.count == 1 ? texts.values.first?.example ?? "" : ""
      let what = text.isEmpty ? "" : ": " + TextWidth.cut(PlainText.of(text), to: 90)
      let place = own.map { " (\($0 + 1))" } ?? ""
      lines.append("then \(name(follower, style))\(place) in \(traces)\(what)")
    }
    if let example = finding.example {
      lines.append("spoor trace \(PlainText.of(example))")
    } else {
      // A record of no trace may name some, as that of a killed process does.
      for field in sample.fields {
        guard let id = TraceLink.ids(in: field.value).first else { continue }
        lines.append("\(PlainText.of(field.key)): spoor trace \(id)")
      }
    }
    return [lines[0]] + lines.dropFirst().map { "   " + $0 }
  }

  /// The innermost frames that are not folded.
  private func frames(_ stack: String?, _ depth: Int) -> [String] {
    StackLines.of(stack ?? "", shown: 4).filter { !$0.hasPrefix("…") }.prefix(depth).map { "  " + $0 }
  }

  private func lines(of chain: Chain, _ style: TerminalStyle) -> [String] {
    let from = TraceView.count(chain.traces, "trace")
    return chain.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map { origin, count in
      let starts = chain.origins[origin] ?? []
      let number = findings.firstIndex { $0.group == origin }.map { " (\($0 + 1))" } ?? ""
      let kind = name(origin, style)
      return "\(PlainText.of(chain.field)) leads from \(count) of \(from) back to \(starts.count) with \(kind)\(number)"
    }
  }

  /// `only they: zone=b (100 % of them, no good trace, from 10:00:03.120Z on)`.
  private func line(of distinction: Distinction, in finding: Finding, isLocal: Bool) -> String {
    let good = distinction.good > 0 ? "\(Self.percent(distinction.good)) of good traces" : "no good trace"
    var facts = finding.firstIn > 1 ? ["\(Self.percent(distinction.failed)) of them"] : []
    facts.append(good)
    // The kind's own beginning is shown already.
    if let since = distinction.since, since != .max, since != report.groups[finding.group].first {
      facts.append("from \(RecordTime.text(since, isLocal: isLocal)) on")
    }
    let who = distinction.good > 0 ? "mostly they" : "only they"
    let earlier = distinction.earlier.compactMap { group in
      findings.firstIndex { $0.group == group }.map { "(\($0 + 1))" }
    }
    let before = earlier.isEmpty ? "" : "; earlier all of \(earlier.joined(separator: ", "))"
    return "\(who): \(Self.cut(distinction.text)) (\(facts.joined(separator: ", ")))\(before)"
  }

  private func line(of link: Link, in finding: Finding) -> String {
    let event = link.event.isEmpty ? "" : " (\(Self.cut(link.event)))"
    let share = "\(link.traces) of \(TraceView.count(finding.firstIn, "trace"))"
    return "\(PlainText.of(link.field)) names in \(share) one without a failure\(event): spoor trace "
      + PlainText.of(link.traceID)
  }

  /// The fields with few values, or of which few values are frequent.
  private func fieldText(_ group: FailureGroup, _ finding: Finding) -> String? {
    let texts = group.fields.compactMap { field -> String? in
      let values = field.values.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      guard let top = values.first, TraceLink.ids(in: top.key).isEmpty, top.key.utf8.count <= 80 else { return nil }
      let key = PlainText.of(field.key)
      if values.count == 1 {
        let share = goodShare(field.key, top.key).map { " (\(Self.percent($0)) of good traces)" } ?? ""
        return "\(key)=\(PlainText.of(top.key))" + (finding.firstIn > 1 ? share : "")
      }
      if let range = Self.measured(values.map(\.key), of: field.key) { return "\(key)=\(range)" }
      // Ids, which differ in each failure, tell nothing about the kind, unless nothing else does.
      let isFrequent = values.count <= 4 || top.value * 5 >= group.count
      if !isFrequent || values.count > 2 && top.value == 1 {
        let isComplete = values.count < FailureGroup.maximumValues
        if isComplete, let range = Self.range(of: values.map(\.key)) { return "\(key)=\(range)" }
        guard group.sample.text.isEmpty else { return nil }
        return "\(key)=\(PlainText.of(top.key)), \(values.count - 1) other values"
      }
      let shown = values.prefix(values.count <= 4 ? 4 : 2).map { "\(PlainText.of($0.key)) (\($0.value))" }
      let rest = values.count - shown.count
      return "\(key)="
        + (shown + (rest > 0 ? ["\(rest) other \(rest == 1 ? "value" : "values")"] : [])).joined(separator: ", ")
    }
    return texts.isEmpty ? nil : Self.cut(texts.prefix(8).joined(separator: "   "))
  }

  /// The least and the greatest of many values that are measured and not counted: with a fraction, or a unit of time.
  private static func measured(_ values: [String], of field: String) -> String? {
    let isTime = ["_ns", "_us", "_ms", "_s", "_seconds"].contains { field.hasSuffix($0) }
    return isTime || values.contains { $0.contains(".") } ? range(of: values) : nil
  }

  /// The least and the greatest of many numbers that are too small for ids.
  private static func range(of values: [String]) -> String? {
    guard values.count > 4, values.allSatisfy({ $0.utf8.count <= ($0.contains(".") ? 24 : 9) }) else { return nil }
    let numbers = values.compactMap { Double($0) }
    guard numbers.count == values.count, let least = numbers.min(), let greatest = numbers.max() else { return nil }
    func text(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
    return "\(text(least)) … \(text(greatest))"
  }

  private func name(_ group: Int, _ style: TerminalStyle) -> String {
    let sample = report.groups[group].sample
    let services = report.groups[group].services
    let service =
      services.count > 1
      ? TraceView.count(services.count, "service") : style.service(PlainText.of(sample.service), name: sample.service)
    return "\(service) \(style.bold(TextWidth.cut(PlainText.of(sample.event), to: 80)))"
  }

  private static func cut(_ text: String) -> String { TextWidth.cut(PlainText.of(text), to: 200) }

  private static func share(_ part: Int, of whole: Int, _ noun: String) -> String {
    "\(part) of \(TraceView.count(whole, noun)) (\(percent(Double(part) / Double(max(1, whole)))))"
  }

  private static func percent(_ share: Double) -> String {
    // A part is never shown as everything, and something never as nothing.
    let percent = (share * 100).rounded()
    if percent == 100, share < 1 { return "> 99 %" }
    if percent == 0, share > 0 { return "< 1 %" }
    return "\(Int(percent)) %"
  }
}
