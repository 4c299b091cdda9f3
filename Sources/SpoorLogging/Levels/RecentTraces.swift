// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// A value for each of the most recently active traces. The number of traces is bounded; beyond it a trace that was
/// quiet for long is evicted. The table has sixteen parts with a lock each, so that threads seldom contend.
///
/// Nothing is evicted below the capacity, however unevenly the traces are spread over the parts. Beyond it, the trace
/// that was quiet longest in the new trace's part goes. Up to sixteen traces more than the capacity can be there, for
/// new traces whose part is empty.
@safe
final class RecentTraces<Content>: @unchecked Sendable {  // The count is only accessed by atomic operations.
  private static var parts: Int { 16 }

  private struct Entry {
    let high: UInt64
    let low: UInt64
    var used: UInt64
    var content: Content
  }

  private struct Part {
    var entries: [Entry] = []
    var turn: UInt64 = 0
    /// The entry of the last call, because the next call is likely to concern the same trace.
    var last = 0

    func index(_ high: UInt64, _ low: UInt64) -> Int? {
      if last < entries.count, entries[last].low == low, entries[last].high == high { return last }
      return entries.firstIndex { $0.low == low && $0.high == high }
    }
  }

  private let parts: Guarded<Part>
  private let new: @Sendable () -> Content
  private let capacity: UInt32
  private let evicted: (@Sendable (Content) -> Void)?
  /// Traces in all parts.
  private let count: UnsafeMutablePointer<UInt32>

  /// - Parameters:
  ///   - capacity: the maximum number of traces.
  ///   - evicted: gets the value of a trace that makes room for another one. It must be short: a lock is held.
  ///   - new: makes the initial value of a new trace.
  init(capacity: Int, evicted: (@Sendable (Content) -> Void)? = nil, new: @escaping @Sendable () -> Content) {
    self.new = new
    self.evicted = evicted
    self.capacity = UInt32(capacity)
    parts = Guarded(count: Self.parts) { Part() }
    unsafe count = .allocate(capacity: 1)
    unsafe count.initialize(to: 0)
  }

  deinit { unsafe count.deallocate() }

  /// The position of the trace, which is added if it is missing.
  private func place(_ high: UInt64, _ low: UInt64, in part: inout Part) -> Int {
    part.turn &+= 1
    if let known = part.index(high, low) {
      part.last = known
    } else {
      let entry = Entry(high: high, low: low, used: part.turn, content: new())
      if !part.entries.isEmpty, unsafe spoor_load32_relaxed(count) >= capacity {
        part.last = part.entries.indices.min { part.entries[$0].used < part.entries[$1].used } ?? 0
        evicted?(part.entries[part.last].content)
        part.entries[part.last] = entry
      } else {
        part.last = part.entries.count
        part.entries.append(entry)
        _ = unsafe spoor_add32(count, 1)
      }
    }
    part.entries[part.last].used = part.turn
    return part.last
  }

  /// Calls `body` with the value of a trace, which it may change.
  @inline(__always)
  func with<Result>(_ high: UInt64, _ low: UInt64, _ body: (inout Content) -> Result) -> Result {
    parts.withLock(at: low) { part in
      let place = place(high, low, in: &part)
      return body(&part.entries[place].content)
    }
  }

  /// The value of a trace; `nil` if it was never there or has been evicted.
  func content(of high: UInt64, _ low: UInt64) -> Content? {
    parts.withLock(at: low) { part in part.index(high, low).map { part.entries[$0].content } }
  }

  /// Removes a trace.
  func remove(_ high: UInt64, _ low: UInt64) {
    parts.withLock(at: low) { part in
      guard let index = part.index(high, low) else { return }
      part.entries.swapAt(index, part.entries.count - 1)
      part.entries.removeLast()
      _ = unsafe spoor_add32(count, .max)
    }
  }
}
