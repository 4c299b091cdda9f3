// SPDX-License-Identifier: Apache-2.0

/// Failures of one kind.
struct FailureGroup: Sendable {
  /// The number of different values of a field that are counted.
  static let maximumValues = 200
  private static let maximumTexts = 50

  /// The failure that is shown: the earliest one with causes, else with a stack whose lines are known, else with a
  /// stack, else the earliest.
  private(set) var sample: Failure
  private(set) var count = 0
  private(set) var handled = 0
  /// The services that reported them.
  private(set) var services: Set<String> = []
  private(set) var first: Int64?
  private(set) var last: Int64?
  /// How often each value of each field occurs, the fields in order of appearance.
  private(set) var fields: [(key: String, values: [String: Int])] = []

  /// The errors of the failures without numbers and ids, each with an example and how often it occurs.
  private(set) var texts: [String: (example: String, count: Int)] = [:]
  /// Whether one of them has the level `critical`, as the crash of a process has.
  private(set) var isCritical = false

  init(_ failure: Failure) { sample = failure }

  mutating func add(_ failure: Failure) {
    if Self.worth(failure) > Self.worth(sample) { sample = failure }
    count += 1
    if failure.isHandled { handled += 1 }
    if services.count < Self.maximumValues { services.insert(failure.service) }
    if failure.level == "critical" { isCritical = true }
    let pattern = Failure.pattern(failure.text)
    if texts[pattern] != nil || texts.count < Self.maximumTexts {
      texts[pattern, default: (failure.text, 0)].count += 1
    }
    if let time = failure.time {
      first = min(first ?? .max, time)
      last = max(last ?? .min, time)
    }
    for (key, value) in failure.fields {
      guard let place = fields.firstIndex(where: { $0.key == key }) else {
        if fields.count < 64 { fields.append((key, [value: 1])) }
        continue
      }
      if fields[place].values.count < Self.maximumValues || fields[place].values[value] != nil {
        fields[place].values[value, default: 0] += 1
      }
    }
  }

  private static func worth(_ failure: Failure) -> Int {
    let hasLines = failure.stack?.contains(/:[0-9]/) ?? false
    return (failure.causes.isEmpty ? 0 : 4) + (hasLines ? 2 : 0) + (failure.stack == nil ? 0 : 1)
  }
}
