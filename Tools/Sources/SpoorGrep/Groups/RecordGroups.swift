// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs

/// Counts records by the values of fields, in memory that grows with the number of groups and not of records.
public struct RecordGroups: Sendable {
  /// The records with the same values.
  public struct Group: Sendable {
    /// The value of each field; `nil` for records without it.
    public let values: [String?]
    /// The number of records.
    public fileprivate(set) var count = 0
    /// The earliest time in microseconds since 1970; `nil` if no record has one.
    public fileprivate(set) var first: Int64?
    /// The latest time in microseconds since 1970.
    public fileprivate(set) var last: Int64?
    /// The JSON of the earliest record; of several at the same time that of the first file.
    public fileprivate(set) var sample: [UInt8]
    /// The distribution of the measured field.
    fileprivate(set) var numbers = NumberSketch()
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
  /// The groups in the order of their first records, and their numbers by their keys.
  private var groups: [Group] = []
  private var numbers: [GroupKey: Int] = [:]

  /// Creates an empty table.
  public init(_ fields: [GroupField], measuring measured: String? = nil) {
    self.fields = fields
    self.measured = measured
  }

  /// The number of groups.
  public var groupCount: Int { groups.count }

  /// Counts all matches of files that were opened with ``LogReader/Content/lines``.
  public mutating func count(_ readers: [LogReader]) { count(readers, cores: LogMerge.cores, pieceSize: nil) }

  mutating func count(_ readers: [LogReader], cores: Int, pieceSize: Int?) {
    let empty = PieceGroups(fields, measuring: measured)
    LogFold.forEachPiece(of: readers, cores: cores, pieceSize: pieceSize, into: empty) { add($0) }
  }

  /// Adds the groups of the next piece of the log.
  mutating func add(_ piece: PieceGroups) {
    count += piece.count
    for entry in piece.entries {
      if let number = numbers[entry.key] {
        groups[number].add(entry)
      } else if groups.count < Self.maximumGroups {
        numbers[entry.key] = groups.count
        var group = Group(values: entry.key.values, sample: entry.sample)
        group.add(entry)
        groups.append(group)
      } else {
        uncounted += entry.count
      }
    }
  }

  /// The groups in order of their number of records, the most frequent first; intervals of time in order of time.
  public var sorted: [Group] {
    let isByTime = fields.first?.interval != nil
    return groups.sorted { one, other in
      if isByTime, one.values[0] != other.values[0] { return one.values[0] ?? "" < other.values[0] ?? "" }
      if one.count != other.count { return one.count > other.count }
      return (one.first ?? .max, one.text) < (other.first ?? .max, other.text)
    }
  }
}

extension RecordGroups.Group {
  fileprivate var text: String { values.map { $0 ?? "" }.joined(separator: "\t") }

  fileprivate mutating func add(_ entry: PieceGroups.Entry) {
    count += entry.count
    numbers.add(entry.numbers)
    guard let time = entry.first else { return }
    if time < first ?? .max {
      first = time
      sample = entry.sample
    }
    last = max(last ?? .min, entry.last ?? .min)
  }
}
