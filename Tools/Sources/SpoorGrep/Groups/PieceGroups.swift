// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs

/// The groups of the records in a piece of a log, counted on the thread that reads it.
struct PieceGroups: RecordSink {
  /// A group of the piece.
  struct Entry: Sendable {
    let key: GroupKey
    var count = 0
    var first: Int64?
    var last: Int64?
    /// The JSON of the earliest record.
    var sample: [UInt8]
    var numbers = NumberSketch()
  }

  private let fields: [GroupField]
  private let measured: RecordField?
  private(set) var count = 0
  /// The groups in the order of their first records.
  private(set) var entries: [Entry] = []
  private var numbers: [GroupKey: Int] = [:]
  /// The number of the latest group, because like records often follow each other.
  private var latest = 0
  private var key: [UInt8] = []

  init(_ fields: [GroupField], measuring measured: String?) {
    self.fields = fields
    self.measured = measured.map { RecordField($0) }
  }

  /// An empty sink that shares no object with this one.
  var unshared: PieceGroups { PieceGroups(fields.map(\.unshared), measured) }

  private init(_ fields: [GroupField], _ measured: RecordField?) {
    self.fields = fields
    self.measured = measured?.unshared
  }

  mutating func add(_ record: LogView) {
    count += 1
    setKey(of: record)
    let time = record.time
    let number = number(record, time)
    entries[number].count += 1
    if let measured, let value = measured.number(of: record) { entries[number].numbers.add(value) }
    guard let time else { return }
    if time < entries[number].first ?? .max {
      // The first record of a new group is its sample already.
      if entries[number].first != nil || entries[number].count > 1 { entries[number].sample = record.json }
      entries[number].first = time
    }
    entries[number].last = max(entries[number].last ?? .min, time)
  }

  /// The number of the group with the current key.
  private mutating func number(_ record: LogView, _ time: Int64?) -> Int {
    if latest < entries.count, entries[latest].key.bytes == key { return latest }
    let key = GroupKey(key)
    if let number = numbers[key] {
      latest = number
    } else {
      latest = entries.count
      numbers[key] = latest
      entries.append(Entry(key: key, sample: record.json))
    }
    return latest
  }

  private mutating func setKey(of record: LogView) {
    key.removeAll(keepingCapacity: true)
    for field in fields {
      let start = key.count
      key += [0, 0, 0, 0, 0]
      guard field.append(of: record, to: &key) else { continue }
      key[start] = 1
      let length = UInt32(key.count - start - 5)
      for byte in 0..<4 { key[start + 1 + byte] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(byte))) }
    }
  }
}
