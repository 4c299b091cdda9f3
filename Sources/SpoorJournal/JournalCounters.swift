internal import CSpoor
internal import SpoorBytes

/// What happened to spans, counted per thread so that counting is no meeting place.
package enum JournalCounter: Int, CaseIterable, Sendable {
  /// Spans that got a slot.
  case opened
  /// Spans that ended, whatever became of them.
  case ended
  /// Spans that found no free slot: the newest is dropped, the older ones stay.
  case droppedFull
  /// Spans that a rule or a hook did not want.
  case discarded
  /// Fields that found no room in their span.
  case droppedFields
  /// Spans whose slot was freed because a collector has them.
  case delivered
  /// Spans whose slot was freed because no collector would ever take them.
  case rejected
  /// Spans that the sampler left out: they never had a slot.
  case sampledOut
  /// Slots that were taken for what did not fit into a span's first one, and those given back.
  case extensionsTaken
  case extensionsFreed
  /// Stacks that were written into spans.
  case stacks
}

@safe
final class JournalCounters: @unchecked Sendable {  // The words are only touched atomically.
  private static let stride = CacheLines.size / MemoryLayout<UInt64>.size
  /// A line for each place of `spoor_thread_place`.
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
    (0..<Int(spoor_places_used())).reduce(0) {
      unsafe $0 + spoor_load64_relaxed(words + $1 * Self.stride + counter.rawValue)
    }
  }
}
