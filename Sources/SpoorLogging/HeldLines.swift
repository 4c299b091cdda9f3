internal import SpoorJournal

/// Log lines of traces that may yet fail: kept back, and written only if they do.
///
/// Bounded: so many lines and at most 32 KiB for each of 512 traces. Beyond it the oldest line of a trace goes, and the
/// trace that was quiet longest. Lost with the process, for only lines that are to be written enter the journal.
package final class HeldLines: Sendable {
  private static let shardCount = 16
  private static let tracesPerShard = 32
  static let bytesPerTrace = 32 << 10

  /// What becomes of a line.
  enum Verdict: Sendable { case held, write }

  /// What a trace has had kept back.
  struct Release: Sendable {
    /// The oldest first.
    var lines: [[UInt8]] = []
    /// Lines that had to go before.
    var dropped = 0
  }

  private struct Trail: Sendable {
    let high: UInt64
    let low: UInt64
    var used: UInt64
    var lines: [[UInt8]] = []
    var bytes = 0
    var dropped = 0
    var hasFailed = false
  }

  private struct Shard: Sendable {
    var trails: [Trail] = []
    var turn: UInt64 = 0

    func index(_ high: UInt64, _ low: UInt64) -> Int? { trails.firstIndex { $0.low == low && $0.high == high } }

    /// The trace's place; the one that was quiet longest makes room.
    mutating func place(_ high: UInt64, _ low: UInt64) -> Int {
      turn &+= 1
      if let index = index(high, low) {
        trails[index].used = turn
        return index
      }
      let trail = Trail(high: high, low: low, used: turn)
      if trails.count < HeldLines.tracesPerShard {
        trails.append(trail)
        return trails.count - 1
      }
      let oldest = trails.indices.min { trails[$0].used < trails[$1].used } ?? 0
      trails[oldest] = trail
      return oldest
    }
  }

  private let limit: Int
  private let shards = (0..<HeldLines.shardCount).map { _ in Locked(Shard()) }

  /// - Parameter limit: lines for each trace.
  init(limit: Int) { self.limit = max(1, limit) }

  private func shard(_ low: UInt64) -> Locked<Shard> { shards[Int(low % UInt64(Self.shardCount))] }

  /// Keeps a line, unless its trace has failed: then it is to be written.
  func take(_ line: [UInt8], high: UInt64, low: UInt64) -> Verdict {
    shard(low).withLock { shard in
      let index = shard.place(high, low)
      if shard.trails[index].hasFailed { return .write }
      shard.trails[index].lines.append(line)
      shard.trails[index].bytes += line.count
      while shard.trails[index].lines.count > limit || shard.trails[index].bytes > Self.bytesPerTrace {
        shard.trails[index].bytes -= shard.trails[index].lines.removeFirst().count
        shard.trails[index].dropped += 1
      }
      return .held
    }
  }

  /// The trace has failed: what was kept of it, once. Its further lines are not kept back.
  func release(high: UInt64, low: UInt64) -> Release {
    shard(low).withLock { shard in
      let index = shard.place(high, low)
      let trail = shard.trails[index]
      shard.trails[index].hasFailed = true
      shard.trails[index].lines = []
      shard.trails[index].bytes = 0
      shard.trails[index].dropped = 0
      return Release(lines: trail.lines, dropped: trail.dropped)
    }
  }

  /// The trace has ended well here: nobody will want its lines.
  func forget(high: UInt64, low: UInt64) {
    shard(low).withLock { shard in
      if let index = shard.index(high, low) { shard.trails.swapAt(index, shard.trails.count - 1) } else { return }
      shard.trails.removeLast()
    }
  }
}
