import Histogram
import NIOConcurrencyHelpers

/// Counts orders and their times while they come in.
final class LoadMeter: Sendable {
  /// Of one kind of orders, or of all.
  struct Figures: Sendable {
    /// Microseconds, in three digits; longer than a minute counts as a minute.
    fileprivate var histogram = Histogram<UInt64>(
      highestTrackableValue: LoadMeter.longestMicroseconds, numberOfSignificantValueDigits: .three)
    var orders = 0
    /// Not taken, or not within ten seconds.
    var lost = 0

    /// Milliseconds within which that share of the orders, in per cent, was answered.
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
