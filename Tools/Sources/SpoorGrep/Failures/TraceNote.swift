// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs

/// What is kept of a trace while failures are collected.
struct TraceNote: Sendable {
  /// A reference to another trace.
  struct Link: Sendable, Hashable {
    let field: String
    let target: String
  }

  private static let maximumFeatures = 128
  private static let maximumLinks = 16
  private static let maximumFailures = 32

  /// The numbers of the groups of its failures, with their times.
  private(set) var failures: [(time: Int64, group: Int)] = []
  /// The other traces that its failures name.
  private(set) var links: [Link] = []
  /// The numbers of the features that its good records and spans have.
  private(set) var features: Set<Int32> = []
  /// The feature that was added first: the event of its first good record or span.
  private(set) var firstFeature: Int32?

  mutating func add(group: Int, at time: Int64?, links new: [Link]) {
    if failures.count < Self.maximumFailures { failures.append((time ?? .max, group)) }
    for link in new where links.count < Self.maximumLinks && !links.contains(link) { links.append(link) }
  }

  mutating func add(feature: Int32) {
    if firstFeature == nil { firstFeature = feature }
    if features.count < Self.maximumFeatures { features.insert(feature) }
  }

  /// The time of the failure that happened first.
  var firstTime: Int64 { failures.lazy.map(\.time).min() ?? .max }

  /// The group of the failure that happened first.
  var firstGroup: Int? { firstGroups.first }

  /// The groups of the failures that happened first, at the same time.
  var firstGroups: [Int] {
    let first = firstTime
    var groups: [Int] = []
    for failure in failures where failure.time == first && !groups.contains(failure.group) {
      groups.append(failure.group)
    }
    return groups
  }
}

/// Numbers for features of traces: an event, a span, or a value of a field that has few values.
struct FeatureNames: Sendable {
  private static let maximumValues = 32
  private static let maximumFeatures = 50_000

  private struct Feature: Sendable {
    /// The number of the field; `nil` for an event or a span.
    let field: Int?
    let text: String
  }

  private struct Field: Sendable {
    let name: String
    let bytes: [UInt8]
    /// The field that followed it in a record: members of most records come in one order.
    var next = 0
    /// Whether records show it among their details.
    let isDetail: Bool
    /// The values and their features by the hash of the value.
    var values: [Int: [(bytes: [UInt8], number: Int32)]] = [:]
    var count = 0
    var hasFewValues: Bool { count <= FeatureNames.maximumValues }
  }

  private var features: [Feature] = []
  private var fields: [Field] = []
  /// The fields by the hash of their name.
  private var fieldNumbers: [Int: [Int]] = [:]
  /// The events and spans by service and name.
  private var events: [String: [String: Int32]] = [:]
  /// The field that was looked up last.
  private var last = 0

  /// The number of an event or a span.
  mutating func number(service: String, event: String) -> Int32? {
    if let known = events[service]?[event] { return known }
    let number = add(Feature(field: nil, text: "\(service) \(event)"))
    if let number { events[service, default: [:]][event] = number }
    return number
  }

  /// The number of a value; `nil` if the field has too many different values.
  mutating func number(field: String, value: String) -> Int32? {
    var (field, value) = (field, value)
    return field.withUTF8 { field in
      value.withUTF8 {
        unsafe number(UnsafeRawBufferPointer(field), UnsafeRawBufferPointer($0), onlyDetails: false)
      }
    }
  }

  /// The number of the value of a member that a record shows among its details; `nil` if it does not, or if the field
  /// has too many different values.
  mutating func number(member key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Int32? {
    unsafe number(key, value, onlyDetails: true)
  }

  private mutating func number(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, onlyDetails: Bool
  ) -> Int32? {
    guard value.count <= BriefRecord.longestValue else { return nil }
    let field = unsafe field(key)
    guard fields[field].hasFewValues, fields[field].isDetail || !onlyDetails else { return nil }
    let hash = unsafe Self.hash(value)
    let known = fields[field].values[hash]?.first { unsafe Self.isEqual($0.bytes, value) }
    if let known { return known.number }
    let text = unsafe String(decoding: value, as: UTF8.self)
    guard let number = add(Feature(field: field, text: "\(fields[field].name)=\(text)")) else { return nil }
    fields[field].values[hash, default: []].append((unsafe Array(value), number))
    fields[field].count += 1
    return number
  }

  private mutating func field(_ key: UnsafeRawBufferPointer) -> Int {
    if !fields.isEmpty {
      let next = fields[last].next
      if unsafe Self.isEqual(fields[next].bytes, key) {
        last = next
        return next
      }
    }
    let hash = unsafe Self.hash(key)
    let field = unsafe fieldNumbers[hash]?.first { unsafe Self.isEqual(fields[$0].bytes, key) } ?? addField(key, hash)
    fields[last].next = field
    last = field
    return field
  }

  private mutating func addField(_ key: UnsafeRawBufferPointer, _ hash: Int) -> Int {
    let name = unsafe String(decoding: key, as: UTF8.self)
    fields.append(Field(name: name, bytes: unsafe Array(key), isDetail: LogRecord.isDetail(name)))
    fieldNumbers[hash, default: []].append(fields.count - 1)
    return fields.count - 1
  }

  private static func isEqual(_ one: [UInt8], _ other: UnsafeRawBufferPointer) -> Bool {
    guard one.count == other.count, let start = other.baseAddress else { return one.count == other.count }
    return unsafe memcmp(one, start, one.count) == 0
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    unsafe hasher.combine(bytes: bytes)
    return hasher.finalize()
  }

  private mutating func add(_ feature: Feature) -> Int32? {
    guard features.count < Self.maximumFeatures else { return nil }
    features.append(feature)
    return Int32(features.count - 1)
  }

  /// The field of a feature; `nil` for an event or a span, and if the field has too many different values.
  func field(_ number: Int32) -> String? {
    guard let field = features[Int(number)].field, fields[field].hasFewValues else { return nil }
    return fields[field].name
  }

  /// The text of a feature; `nil` if its field turned out to have too many different values.
  func text(_ number: Int32) -> String? {
    let feature = features[Int(number)]
    if let field = feature.field, !fields[field].hasFewValues { return nil }
    return feature.text
  }
}
