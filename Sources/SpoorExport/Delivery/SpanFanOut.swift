// SPDX-License-Identifier: Apache-2.0

import SpoorBase
package import SpoorJournal

/// The finished spans of a journal for several exporters. Each takes all of them and settles them by itself; a span's
/// slot is freed when the last exporter has settled it.
///
/// - A span counts as sent when every exporter has delivered it, and as rejected when one had to drop it.
/// - Which exporters have a span is kept in memory only: after a crash the next start sends it to all of them again,
///   with the same ids.
/// - An exporter whose collector accepts nothing keeps its spans in the journal until less than a quarter of it is
///   free. Then it gives up its oldest spans, which count as dropped (`exporter_behind`), so that the other exporters
///   can continue.
package final class SpanFanOut: Sendable {
  package let count: Int
  private let journal: Journal
  private let state: Locked<State>

  private struct State: Sendable {
    /// By exporter: spans that it has not taken.
    var waiting: [[UInt32]]
    /// By slot: exporters that have not settled its span, and the worst outcome so far.
    var unsettled: [UInt8]
    var outcomes: [Journal.Delivery]
    /// By exporter: whether its last request failed.
    var isFailing: [Bool]
    /// By exporter: whether it sleeps until the bell is rung.
    var isResting: [Bool]
  }

  /// - Parameter count: the number of exporters, 2 or more.
  package init(_ journal: Journal, count: Int) {
    self.journal = journal
    self.count = count
    let slots = Int(journal.slotCount)
    state = Locked(
      State(
        waiting: Array(repeating: [], count: count), unsettled: Array(repeating: 0, count: slots),
        outcomes: Array(repeating: .delivered, count: slots),
        isFailing: Array(repeating: false, count: count), isResting: Array(repeating: false, count: count)))
  }

  /// Declares that an exporter other than the first is about to sleep until there are spans for it.
  func rest(_ exporter: Int) { state.withLock { $0.isResting[exporter] = true } }

  /// Appends the finished spans that an exporter has not taken. Wakes the exporters that rest and get some.
  func take(_ exporter: Int, into indices: inout [UInt32]) {
    let wakesOthers = state.withLock { state in
      var fresh: [UInt32] = []
      journal.takeFinished(into: &fresh)
      for index in fresh {
        state.unsettled[Int(index)] = UInt8(count)
        state.outcomes[Int(index)] = .delivered
      }
      for other in 0..<count { state.waiting[other] += fresh }
      indices += state.waiting[exporter]
      state.waiting[exporter].removeAll(keepingCapacity: true)
      guard !fresh.isEmpty, state.isResting.contains(true) else { return false }
      state.isResting = Array(repeating: false, count: count)
      return true
    }
    if wakesOthers { journal.bell.ring() }
  }

  /// An exporter has settled spans.
  func settle(_ indices: some Sequence<UInt32>, _ delivery: Journal.Delivery) {
    state.withLock { state in
      var freed = FreedSlots()
      for index in indices {
        let slot = Int(index)
        guard state.unsettled[slot] > 0 else { continue }
        state.unsettled[slot] -= 1
        state.outcomes[slot] = max(state.outcomes[slot], delivery)
        guard state.unsettled[slot] == 0 else { continue }
        journal.free(index, state.outcomes[slot], with: &freed)
      }
      journal.give(&freed)
    }
  }

  /// Notes whether an exporter's collector accepts spans.
  func note(_ exporter: Int, isFailing: Bool) {
    state.withLock { $0.isFailing[exporter] = isFailing }
    if !isFailing, journal.isNearlyFull { for other in 0..<count where other != exporter { relieve(other) } }
  }

  /// Gives up spans that only this exporter still needs and has not taken, if its collector accepts nothing: the oldest
  /// first, at most 4 096 at a time.
  func relieve(_ exporter: Int) {
    let given: ArraySlice<UInt32> = state.withLock { state in
      guard state.isFailing[exporter] else { return [] }
      let given = state.waiting[exporter].prefix(4096).prefix { state.unsettled[Int($0)] == 1 }
      state.waiting[exporter].removeFirst(given.count)
      return given
    }
    settle(given, .behind)
  }

  /// Whether only one exporter still needs a span.
  func isLast(_ index: UInt32) -> Bool { state.withLock { $0.unsettled[Int(index)] == 1 } }
}
