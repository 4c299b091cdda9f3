// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The distribution of a number, in buckets whose bounds differ by 2 %: a percentile is at most 1 % off, and the memory
/// does not grow with the number of values.
struct NumberSketch: Sendable {
  private static let ratio = log(1.02)

  /// The number of values by bucket. Bucket 0 has the value 0; the sign of a bucket is the sign of its values.
  private var buckets: [Int: Int] = [:]
  private(set) var count = 0
  private(set) var maximum = -Double.infinity
  private var minimum = Double.infinity

  mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    count += 1
    (minimum, maximum) = (min(minimum, value), max(maximum, value))
    buckets[Self.bucket(value), default: 0] += 1
  }

  /// Adds the values of another distribution.
  mutating func add(_ other: NumberSketch) {
    guard other.count > 0 else { return }
    count += other.count
    (minimum, maximum) = (min(minimum, other.minimum), max(maximum, other.maximum))
    buckets.merge(other.buckets) { $0 + $1 }
  }

  /// The value below or at which this share of the values lies; `nil` without values.
  func percentile(_ share: Double) -> Double? {
    guard count > 0 else { return nil }
    var remaining = max(1, Int((share * Double(count)).rounded(.up)))
    for (bucket, count) in buckets.sorted(by: { $0.key < $1.key }) {
      remaining -= count
      if remaining <= 0 { return max(minimum, min(Self.value(bucket), maximum)) }
    }
    return maximum
  }

  /// Buckets begin at 1e-9, which is the offset of their numbers.
  private static func bucket(_ value: Double) -> Int {
    guard abs(value) > 1e-9 else { return 0 }
    let number = Int((log(abs(value) / 1e-9) / ratio).rounded(.down)) + 1
    return value < 0 ? -number : number
  }

  private static func value(_ bucket: Int) -> Double {
    guard bucket != 0 else { return 0 }
    let size = 1e-9 * exp((Double(abs(bucket)) - 0.5) * ratio)
    return bucket < 0 ? -size : size
  }
}
