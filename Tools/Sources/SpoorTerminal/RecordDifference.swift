// SPDX-License-Identifier: Apache-2.0

/// The differences between the log records of two traces: events that occur in only one of them, or more often.
public struct RecordDifference: Sendable {
  /// An event that one trace has more often than the other.
  public struct Change: Sendable, Hashable {
    /// The service that wrote it.
    public let service: String
    /// The event or message.
    public let event: String
    /// How much more often.
    public let count: Int
    /// The error of the record; empty if it has none.
    public let error: String
  }

  /// Events that the second trace has more often, those with an error first.
  public let new: [Change]
  /// Events that the first trace has more often, those with an error first.
  public let missing: [Change]

  /// Compares the second trace's records with those of the first.
  public init(_ before: [TraceView.Record], _ after: [TraceView.Record]) {
    new = Self.surplus(of: after, over: before)
    missing = Self.surplus(of: before, over: after)
  }

  /// Whether both traces have the same events.
  public var isEmpty: Bool { new.isEmpty && missing.isEmpty }

  private static func surplus(of records: [TraceView.Record], over others: [TraceView.Record]) -> [Change] {
    func key(_ record: TraceView.Record) -> [String] { [record.service, record.event] }
    let known = Dictionary(others.map { (key($0), 1) }, uniquingKeysWith: +)
    let groups = Dictionary(grouping: records, by: key)
    var seen: Set<[String]> = []
    let changes = records.compactMap { record -> Change? in
      guard seen.insert(key(record)).inserted, let all = groups[key(record)] else { return nil }
      let count = all.count - known[key(record), default: 0]
      guard count > 0 else { return nil }
      let error = all.lazy.compactMap(\.error).first { !$0.isEmpty } ?? ""
      return Change(service: record.service, event: record.event, count: count, error: error)
    }
    return changes.filter { !$0.error.isEmpty } + changes.filter { $0.error.isEmpty }
  }

  private static let maximumLines = 10

  /// The difference as lines, safe for a terminal; none if there is none.
  public func lines(style: TerminalStyle) -> [String] {
    func section(_ title: String, _ sign: String, _ changes: [Change]) -> [String] {
      guard !changes.isEmpty else { return [] }
      let rows = changes.prefix(Self.maximumLines).map { change in
        let name = PlainText.of("\(change.service) \(change.event)") + (change.count > 1 ? " × \(change.count)" : "")
        guard !change.error.isEmpty else { return "  \(sign) \(name)" }
        return "  \(sign) " + style.error(name) + ": " + TextWidth.cut(PlainText.of(change.error), to: 120)
      }
      let rest = changes.count - rows.count
      return ["", title] + rows + (rest > 0 ? ["  … \(rest) more"] : [])
    }
    return section("new log records", "+", new) + section("missing log records", "-", missing)
  }
}
