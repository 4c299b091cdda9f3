// SPDX-License-Identifier: Apache-2.0

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

  struct Feature: Sendable, Hashable {
    /// The field; `nil` for an event or a span.
    let field: String?
    let text: String
  }

  private(set) var features: [Feature] = []
  private var numbers: [Feature: Int32] = [:]
  private var valueCounts: [String: Int] = [:]

  /// The number of an event or a span.
  mutating func number(event text: String) -> Int32? { number(Feature(field: nil, text: text)) }

  /// The number of a value; `nil` if the field has too many different values.
  mutating func number(field: String, value: String) -> Int32? {
    guard value.utf8.count <= 64, valueCounts[field, default: 0] <= Self.maximumValues else { return nil }
    return number(Feature(field: field, text: "\(field)=\(value)"))
  }

  private mutating func number(_ feature: Feature) -> Int32? {
    if let known = numbers[feature] { return known }
    guard features.count < 50_000 else { return nil }
    if let field = feature.field { valueCounts[field, default: 0] += 1 }
    let number = Int32(features.count)
    numbers[feature] = number
    features.append(feature)
    return number
  }

  /// The field of a feature; `nil` for an event or a span, and if the field has too many different values.
  func field(_ number: Int32) -> String? {
    features[Int(number)].field.flatMap { valueCounts[$0, default: 0] > Self.maximumValues ? nil : $0 }
  }

  /// The text of a feature; `nil` if its field turned out to have too many different values.
  func text(_ number: Int32) -> String? {
    let feature = features[Int(number)]
    if let field = feature.field, valueCounts[field, default: 0] > Self.maximumValues { return nil }
    return feature.text
  }
}
