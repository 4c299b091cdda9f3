// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Counters of spans by outcome. Each thread has its own, so that threads do not contend.
package enum JournalCounter: Int, CaseIterable, Sendable {
  /// Spans that got a slot.
  case opened
  /// Spans that ended, whatever their outcome.
  case ended
  /// Spans for which no slot was free. The newest span is dropped, older ones are kept.
  case droppedFull
  /// Spans that the keep rules left out.
  case discarded
  /// Spans among ``discarded`` that waited for their local root's end and went over a quota.
  case droppedUndecided
  /// Fields that did not fit into their span.
  case droppedFields
  /// Spans whose slot was freed because a collector has acknowledged them.
  case delivered
  /// Spans whose slot was freed because every collector refused them.
  case rejected
  /// Spans that the sampler did not select; they never had a slot.
  case sampledOut
  /// Extension slots that were taken for spans larger than one slot, and those that were returned.
  case extensionsTaken
  case extensionsFreed
  /// Stacks that were written into spans.
  case stacks
  /// Spans that ended and wait for a decision, and those that have been decided about.
  case undecided
  case decided
  /// Spans that a hook dropped.
  case droppedByHook
  /// Records that were not spans, because one of their ids was zero.
  case unusable
  /// Spans that ended after the shutdown of a process without a file.
  case droppedAfterShutdown
  /// Spans that one of several exporters gave up, because its collector took nothing.
  case droppedBehind
  /// Spans of dead processes: taken over; and of those, sent, refused, and lost to the directory's limit.
  case adopted
  case adoptedDelivered
  case adoptedRejected
  case adoptedUnusable
  case adoptedRemoved
}

@safe
final class JournalCounters: @unchecked Sendable {  // The words are accessed only by atomic operations.
  /// The words of one thread, rounded up to whole cache lines.
  private static let stride =
    (JournalCounter.allCases.count * MemoryLayout<UInt64>.size + CacheLines.size - 1) / CacheLines.size
    * CacheLines.size / MemoryLayout<UInt64>.size
  /// ``stride`` words for each value of `spoor_thread_place`.
  private let words = unsafe CacheLines.allocate(Int(SPOOR_PLACES) * stride, of: UInt64.self)

  deinit { unsafe words.deallocate() }

  @inline(__always)
  func add(_ counter: JournalCounter, _ count: UInt64 = 1) {
    let place = spoor_thread_place()
    let word = unsafe words + (Int(place.index) &* Self.stride &+ counter.rawValue)
    if place.is_own {
      unsafe spoor_store64_relaxed(word, spoor_load64_relaxed(word) &+ count)
    } else {
      unsafe _ = spoor_add64_relaxed(word, count)
    }
  }

  func total(_ counter: JournalCounter) -> UInt64 {
    var total: UInt64 = 0
    var word = unsafe words + counter.rawValue
    let end = unsafe words + Int(spoor_places_used()) * Self.stride
    while unsafe word < end {
      total &+= unsafe spoor_load64_relaxed(word)
      unsafe word += Self.stride
    }
    return total
  }
}
