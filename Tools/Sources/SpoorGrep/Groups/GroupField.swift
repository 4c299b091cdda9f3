// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs

/// A field by which records are grouped: by its value, or the time by its interval (`timestamp/10s`).
public struct GroupField: Sendable, Hashable {
  /// The name as it was given.
  public let name: String
  /// The length of an interval of time in microseconds; `nil` for other fields.
  public let interval: Int64?

  /// Reads `FIELD` or `timestamp/DURATION`.
  ///
  /// - Throws: ``QueryError`` for an empty name, and for a duration that cannot be read.
  public init(_ text: String) throws(QueryError) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    if parts.count == 2, ["timestamp", "time", "@timestamp"].contains(parts[0]) {
      guard let interval = Timestamp.duration(parts[1]), interval > 0 else {
        throw QueryError("timestamp/DURATION needs a duration such as 10s, but is \(text)")
      }
      (name, self.interval) = (parts[0], interval)
      return
    }
    guard !text.isEmpty else {
      throw QueryError("--by needs the names of fields, separated by commas, but one is empty")
    }
    (name, interval) = (text, nil)
  }

  /// The record's value; `nil` if it has none.
  func value(of record: LogRecord) -> String? {
    guard let interval else { return record.field(name) }
    guard let time = record.time else { return nil }
    let start = time - (time % interval + interval) % interval
    return RecordTime.text(start, isLocal: false)
  }
}
