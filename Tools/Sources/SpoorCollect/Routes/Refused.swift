// SPDX-License-Identifier: Apache-2.0

/// The records of a request that were not stored while the others were.
struct Refused: Sendable {
  /// Reasons that an answer names, at most.
  private static let named = 20

  private(set) var count = 0
  private var reasons: [String] = []

  /// The reasons, one a line.
  var text: String { reasons.joined(separator: "\n") }

  mutating func add(_ reason: String, count records: Int = 1) {
    count += records
    if reasons.count < Self.named { reasons.append(reason) }
  }

  mutating func add(_ other: Refused) {
    count += other.count
    reasons += other.reasons.prefix(max(0, Self.named - reasons.count))
  }
}
