internal import SpoorJournal

/// The last log events of each trace, to be shown with its next failure.
///
/// Bounded: so many events for each of 256 traces, the trace that was quiet longest goes first. Lost with the process, but
/// for those that a record holds.
package final class Breadcrumbs: Sendable {
  private static let shardCount = 16
  private static let tracesPerShard = 16

  private struct Trail: Sendable {
    var high: UInt64
    var low: UInt64
    var used: UInt64
    var crumbs: [FailureFields.Breadcrumb] = []
    var next = 0
  }

  private struct Shard: Sendable {
    var trails: [Trail] = []
    var turn: UInt64 = 0
  }

  private let limit: Int
  private let shards: [Locked<Shard>]

  /// - Parameter limit: events kept for each trace, 0 for none.
  package init(limit: Int) {
    self.limit = max(0, limit)
    shards = (0..<Self.shardCount).map { _ in Locked(Shard()) }
  }

  func add(_ crumb: FailureFields.Breadcrumb, to trace: LogTrace) {
    guard limit > 0 else { return }
    shards[Int(trace.traceIDLow % UInt64(Self.shardCount))].withLock { shard in
      shard.turn += 1
      let index = Self.index(of: trace, in: &shard)
      shard.trails[index].used = shard.turn
      if shard.trails[index].crumbs.count < limit {
        shard.trails[index].crumbs.append(crumb)
      } else {
        shard.trails[index].crumbs[shard.trails[index].next] = crumb
        shard.trails[index].next = (shard.trails[index].next + 1) % limit
      }
    }
  }

  private static func index(of trace: LogTrace, in shard: inout Shard) -> Int {
    var oldest = 0
    for (index, trail) in shard.trails.enumerated() {
      if trail.low == trace.traceIDLow, trail.high == trace.traceIDHigh { return index }
      if trail.used < shard.trails[oldest].used { oldest = index }
    }
    let trail = Trail(high: trace.traceIDHigh, low: trace.traceIDLow, used: shard.turn)
    if shard.trails.count < tracesPerShard {
      shard.trails.append(trail)
      return shard.trails.count - 1
    }
    shard.trails[oldest] = trail
    return oldest
  }

  /// The events of a trace, the oldest first.
  func of(_ trace: LogTrace) -> [FailureFields.Breadcrumb] {
    guard limit > 0 else { return [] }
    return shards[Int(trace.traceIDLow % UInt64(Self.shardCount))].withLock { shard in
      guard
        let trail = shard.trails.first(where: { $0.low == trace.traceIDLow && $0.high == trace.traceIDHigh })
      else { return [] }
      return Array(trail.crumbs[trail.next...] + trail.crumbs[..<trail.next])
    }
  }
}
