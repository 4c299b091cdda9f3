// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs

/// Counts records by the values of fields, in memory that grows with the number of groups and not of records.
public struct RecordGroups: Sendable {
  /// The records with the same values.
  public struct Group: Sendable {
    /// The value of each field; `nil` for records without it.
    public let values: [String?]
    /// The number of records.
    public internal(set) var count = 0
    /// The earliest time in microseconds since 1970; `nil` if no record has one.
    public internal(set) var first: Int64?
    /// The latest time in microseconds since 1970.
    public internal(set) var last: Int64?
    /// The earliest record.
    public internal(set) var sample: LogRecord
    /// The distribution of the measured field.
    var numbers = NumberSketch()
  }

  /// Further groups are counted together.
  public static let maximumGroups = 100_000

  /// The fields.
  public let fields: [GroupField]
  /// The field whose percentiles are computed; `nil` for none.
  public let measured: String?
  /// The number of records.
  public private(set) var count = 0
  /// The number of records beyond ``maximumGroups``.
  public private(set) var uncounted = 0
  private var groups: [[String?]: Group] = [:]

  /// Creates an empty table.
  public init(_ fields: [GroupField], measuring measured: String? = nil) {
    self.fields = fields
    self.measured = measured
  }

  /// The number of groups.
  public var groupCount: Int { groups.count }

  /// Counts a record.
  public mutating func add(_ record: LogRecord) {
    count += 1
    let values = fields.map { $0.value(of: record) }
    if groups[values] == nil {
      guard groups.count < Self.maximumGroups else {
        uncounted += 1
        return
      }
      groups[values] = Group(values: values, sample: record)
    }
    groups[values]?.add(record, measured)
  }

  /// The groups in order of their number of records, the most frequent first; intervals of time in order of time.
  public var sorted: [Group] {
    let isByTime = fields.first?.interval != nil
    return groups.values.sorted { one, other in
      if isByTime, one.values[0] != other.values[0] { return one.values[0] ?? "" < other.values[0] ?? "" }
      if one.count != other.count { return one.count > other.count }
      return (one.first ?? .max, one.text) < (other.first ?? .max, other.text)
    }
  }
}

extension RecordGroups.Group {
  fileprivate var text: String { values.map { $0 ?? "" }.joined(separator: "\t") }

  fileprivate mutating func add(_ record: LogRecord, _ measured: String?) {
    count += 1
    if let measured, let value = record.field(measured), let number = Double(value) { numbers.add(number) }
    guard let time = record.time else { return }
    if time < first ?? .max {
      first = time
      sample = record
    }
    last = max(last ?? .min, time)
  }
}
