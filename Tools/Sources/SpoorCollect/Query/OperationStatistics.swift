// SPDX-License-Identifier: Apache-2.0

/// An operation's calls in the traces of a search: their number, failures and durations, in all and over time.
///
/// Calls and errors are exact for the traces counted. A trace keeps the durations of its first 256 spans
/// (``CallList``), so that ``isSample`` says whether the quantiles are of a sample.
struct OperationStatistics {
  /// The number of intervals into which the time range is divided.
  static let intervals = 24

  /// The calls of one interval.
  struct Interval {
    var calls = 0
    var errors = 0
    /// Microseconds, in the order in which they were found.
    var durations: [Int64] = []
  }

  let operation: Operation
  private(set) var calls = 0
  private(set) var errors = 0
  /// The number of calls that took no time that is known.
  private var timeless = 0
  private(set) var series = [Interval](repeating: Interval(), count: Self.intervals)
  /// The durations in microseconds, sorted once ``finish()`` has run.
  private(set) var durations: [Int64] = []

  init(_ operation: Operation) { self.operation = operation }

  /// Whether there are calls whose durations are not known here.
  var isSample: Bool { durations.count + timeless < calls }

  mutating func add(_ call: CallList.Call, interval: Int) {
    calls += call.count
    series[interval].calls += call.count
    if call.isError {
      errors += call.count
      series[interval].errors += call.count
    }
    guard let duration = call.duration else { return }
    if duration > 0 {
      durations.append(duration)
      series[interval].durations.append(duration)
    } else {
      timeless += 1
    }
  }

  mutating func finish() { durations.sort() }

  /// The duration that `fraction` of the calls do not exceed, in microseconds.
  func quantile(_ fraction: Double) -> Int64 { Self.quantile(fraction, of: durations) }

  /// The quantile of sorted durations; 0 if there are none.
  static func quantile(_ fraction: Double, of sorted: [Int64]) -> Int64 {
    sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(fraction * Double(sorted.count)))]
  }

  /// The distribution of durations: buckets by their lower bound in microseconds, four to each doubling.
  var histogram: [(from: Int64, count: Int)] {
    var buckets: [(from: Int64, count: Int)] = []
    for duration in durations {
      let floor = Self.bucket(duration)
      if buckets.last?.from == floor {
        buckets[buckets.count - 1].count += 1
      } else {
        buckets.append((floor, 1))
      }
    }
    return buckets
  }

  private static func bucket(_ duration: Int64) -> Int64 {
    guard duration >= 4 else { return max(0, duration) }
    let shift = Int64.bitWidth - 1 - duration.leadingZeroBitCount - 2
    return (duration >> Int64(shift)) << Int64(shift)
  }
}
