// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs
public import SpoorTerminal

/// Groups of records as a table for a terminal, or as JSON.
public struct GroupTable {
  private let groups: RecordGroups
  private let shown: [RecordGroups.Group]
  private let hidden: Int

  /// Creates the table of the first `limit` groups.
  public init(_ groups: RecordGroups, limit: Int) {
    self.groups = groups
    let all = groups.sorted
    shown = Array(all.prefix(limit))
    hidden = all.count - shown.count
  }

  /// The widest column of a value.
  private static let maximumWidth = 48

  /// The table: number of records, first and last time, the values, percentiles, and an example's event and trace.
  ///
  /// Times are those of the day in the last line.
  public func lines(style: TerminalStyle, isLocal: Bool = false) -> [String] {
    guard !shown.isEmpty else { return [] }
    let days = Set(shown.flatMap { [$0.first, $0.last] }.compactMap(\.self).map { day($0, isLocal) })
    func time(_ value: Int64?) -> String {
      guard let value else { return "–" }
      let text = RecordTime.text(value, isLocal: isLocal)
      return days.count == 1 ? String(text.dropFirst(11).prefix(12)) : text
    }
    var heads = ["count", "first", "last"] + groups.fields.map(\.name)
    if let measured = groups.measured { heads += ["\(measured) p50", "p90", "p99", "max"] }
    let names = Set(groups.fields.map(\.name))
    let extras = ["event", "trace_id"].filter { !names.contains($0) }
    var rows = [heads + extras]
    for group in shown {
      var row = [String(group.count), time(group.first), time(group.last)] + group.values.map { $0 ?? "–" }
      if groups.measured != nil {
        let numbers = group.numbers
        row += [0.5, 0.9, 0.99].map { numbers.percentile($0).map(Self.text) ?? "–" }
        row.append(numbers.count > 0 ? Self.text(numbers.maximum) : "–")
      }
      let sample = LogRecord(group.sample)
      row += extras.map { sample?.field($0) ?? "–" }
      rows.append(row)
    }
    rows = rows.map { $0.map { TextWidth.cut(PlainText.of($0), to: Self.maximumWidth) } }
    let widths = rows[0].indices.map { column in rows.map { TextWidth.of($0[column]) }.max() ?? 0 }
    var lines = rows.enumerated().map { number, row in
      let text = row.enumerated().map { column, cell in
        column == 0
          ? String(repeating: " ", count: widths[0] - TextWidth.of(cell)) + cell : cell.padded(to: widths[column])
      }
      .joined(separator: "  ")
      return number == 0 ? style.dim(text.trimmedAtEnd) : text.trimmedAtEnd
    }
    if hidden > 0 { lines.append("… \(hidden) more groups (--top \(hidden + shown.count) shows them)") }
    if groups.uncounted > 0 {
      lines.append("\(groups.uncounted) records are in none of the first \(RecordGroups.maximumGroups) groups")
    }
    let total = "\(groups.count) record\(groups.count == 1 ? "" : "s") in \(groups.groupCount) group"
    let zone = isLocal ? "" : " UTC"
    lines.append(
      style.dim(total + (groups.groupCount == 1 ? "" : "s") + (days.count == 1 ? ", \(days.first ?? "")\(zone)" : "")))
    return lines
  }

  /// One JSON object per group: `count`, `first`, `last`, the fields, percentiles, and the first record as `sample`.
  public var json: [String] {
    shown.map { group in
      var members = ["\"count\":\(group.count)"]
      for (name, time) in [("first", group.first), ("last", group.last)] {
        if let time { members.append("\"\(name)\":\"\(RecordTime.text(time, isLocal: false))\"") }
      }
      let fields = zip(groups.fields, group.values).map { field, value in
        "\(JSONText.quoted(field.name)):\(value.map { JSONText.quoted($0) } ?? "null")"
      }
      members.append("\"by\":{\(fields.joined(separator: ","))}")
      if let measured = groups.measured, group.numbers.count > 0 {
        let shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)]
        let numbers = shares.compactMap { name, share in
          group.numbers.percentile(share).map { "\"\(name)\":\(Self.text($0))" }
        }
        members.append("\(JSONText.quoted(measured)):{\(numbers.joined(separator: ","))}")
      }
      members.append("\"sample\":" + String(decoding: group.sample, as: UTF8.self))
      return "{" + members.joined(separator: ",") + "}"
    }
  }

  private func day(_ time: Int64, _ isLocal: Bool) -> String {
    String(RecordTime.text(time, isLocal: isLocal).prefix(10))
  }

  /// Three significant digits.
  private static func text(_ value: Double) -> String {
    guard abs(value) < 1000 else { return String(Int64(value.rounded())) }
    let scale = abs(value) >= 100 ? 1.0 : abs(value) >= 10 ? 10 : abs(value) >= 1 ? 100 : 10_000
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int64(rounded)) : String(rounded)
  }
}
