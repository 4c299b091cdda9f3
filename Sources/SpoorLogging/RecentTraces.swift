/// Something about each of the traces that were active last: of a bounded number, in sixteen parts so that threads seldom
/// meet. The trace that was quiet longest makes room for a new one.
final class RecentTraces<Content>: Sendable {
  private static var parts: Int { 16 }

  private struct Entry {
    let high: UInt64
    let low: UInt64
    var used: UInt64
    var content: Content
  }

  private struct Part {
    let capacity: Int
    var entries: [Entry] = []
    var turn: UInt64 = 0
    /// Where the last call was about: the next one is likely about the same trace.
    var last = 0

    init(capacity: Int) { self.capacity = capacity }

    func index(_ high: UInt64, _ low: UInt64) -> Int? {
      if last < entries.count, entries[last].low == low, entries[last].high == high { return last }
      return entries.firstIndex { $0.low == low && $0.high == high }
    }

    /// The trace's place, which it gets now if it has none.
    mutating func place(_ high: UInt64, _ low: UInt64, _ new: () -> Content) -> Int {
      turn &+= 1
      if let known = index(high, low) {
        last = known
      } else if entries.count < capacity {
        last = entries.count
        entries.append(Entry(high: high, low: low, used: turn, content: new()))
      } else {
        last = entries.indices.min { entries[$0].used < entries[$1].used } ?? 0
        entries[last] = Entry(high: high, low: low, used: turn, content: new())
      }
      entries[last].used = turn
      return last
    }
  }

  private let parts: Guarded<Part>
  private let new: @Sendable () -> Content

  /// - Parameters:
  ///   - capacity: traces, a multiple of 16.
  ///   - new: what is known of a trace that comes for the first time.
  init(capacity: Int, new: @escaping @Sendable () -> Content) {
    self.new = new
    parts = Guarded(count: Self.parts) { Part(capacity: capacity / Self.parts) }
  }

  /// Hands out what is known of a trace, to be changed.
  @inline(__always)
  func with<Result>(_ high: UInt64, _ low: UInt64, _ body: (inout Content) -> Result) -> Result {
    parts.withLock(at: low) { part in
      let place = part.place(high, low, new)
      return body(&part.entries[place].content)
    }
  }

  /// What is known of a trace, nil where it was not there or had to make room.
  func content(of high: UInt64, _ low: UInt64) -> Content? {
    parts.withLock(at: low) { part in part.index(high, low).map { part.entries[$0].content } }
  }

  /// Forgets a trace.
  func remove(_ high: UInt64, _ low: UInt64) {
    parts.withLock(at: low) { part in
      guard let index = part.index(high, low) else { return }
      part.entries.swapAt(index, part.entries.count - 1)
      part.entries.removeLast()
    }
  }
}
