// SPDX-License-Identifier: Apache-2.0

import Histogram
import NIOConcurrencyHelpers

/// Counts orders and their latencies while a load runs.
final class LoadMeter: Sendable {
  /// The measurements of one kind of orders, or of all.
  struct Figures: Sendable {
    /// Latencies in microseconds with three significant digits, at most one minute.
    fileprivate var histogram = Histogram<UInt64>(
      highestTrackableValue: LoadMeter.longestMicroseconds, numberOfSignificantValueDigits: .three)
    var orders = 0
    /// Orders that were not accepted within ten seconds.
    var lost = 0

    /// The time in milliseconds within which the given percentage of orders was answered.
    func milliseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }

    fileprivate mutating func add(isTaken: Bool, microseconds: UInt64) {
      orders += 1
      if !isTaken { lost += 1 }
      histogram.record(min(microseconds, LoadMeter.longestMicroseconds))
    }
  }

  private static let longestMicroseconds: UInt64 = 60_000_000

  private struct State {
    var all = Figures()
    var kinds: [LoadKind: Figures] = [:]
  }

  private let state = NIOLockedValueBox(State())

  func add(_ kind: LoadKind, isTaken: Bool, took: Duration) {
    let microseconds = UInt64(max(0, took.milliseconds * 1000))
    state.withLockedValue { state in
      state.all.add(isTaken: isTaken, microseconds: microseconds)
      state.kinds[kind, default: Figures()].add(isTaken: isTaken, microseconds: microseconds)
    }
  }

  var counts: (orders: Int, lost: Int) { state.withLockedValue { ($0.all.orders, $0.all.lost) } }
  var all: Figures { state.withLockedValue { $0.all } }
  var kinds: [LoadKind: Figures] { state.withLockedValue { $0.kinds } }
}
