// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs

/// A field by which records are grouped: by its value, or the time by its interval (`timestamp/10s`).
public struct GroupField: Sendable, Hashable {
  /// The name as it was given.
  public let name: String
  /// The length of an interval of time in microseconds; `nil` for other fields.
  public let interval: Int64?
  private let field: RecordField

  /// Reads `FIELD` or `timestamp/DURATION`.
  ///
  /// - Throws: ``QueryError`` for an empty name, and for a duration that cannot be read.
  public init(_ text: String) throws(QueryError) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    if parts.count == 2, ["timestamp", "time", "@timestamp"].contains(parts[0]) {
      guard let interval = Timestamp.duration(parts[1]), interval > 0 else {
        throw QueryError("timestamp/DURATION needs a duration such as 10s, but is \(text)")
      }
      (name, self.interval, field) = (parts[0], interval, RecordField(parts[0]))
      return
    }
    guard !text.isEmpty else {
      throw QueryError("--by needs the names of fields, separated by commas, but one is empty")
    }
    (name, interval, field) = (text, nil, RecordField(text))
  }

  /// Whether two fields are the same.
  public static func == (left: GroupField, right: GroupField) -> Bool {
    left.name == right.name && left.interval == right.interval
  }

  /// Hashes the field.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(interval)
  }

  /// A copy that shares no object with this one, for another thread.
  var unshared: GroupField { GroupField(name: String(Substring(name)), interval: interval) }

  private init(name: String, interval: Int64?) {
    self.name = name
    self.interval = interval
    field = RecordField(name)
  }

  /// Adds the record's value to the bytes of a key; `false` if it has none.
  func append(of record: LogView, to key: inout [UInt8]) -> Bool {
    guard let interval else { return field.append(of: record, to: &key) }
    guard let time = record.time else { return false }
    let start = time - (time % interval + interval) % interval
    key += RecordTime.text(start, isLocal: false).utf8
    return true
  }
}
