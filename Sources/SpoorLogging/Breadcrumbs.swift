internal import CSpoor
internal import Logging

/// The last log events of each trace, to be shown with its next failure.
///
/// Bounded: so many events for each of 256 traces, the trace that was quiet longest goes first. Lost with the process, but
/// for those that a record holds.
package final class Breadcrumbs: Sendable {
  private static let shardCount = 16

  private let limit: Int
  private let shards: [Shard]

  /// - Parameter limit: events kept for each trace, 0 for none.
  package init(limit: Int) {
    self.limit = max(0, limit)
    shards = limit > 0 ? (0..<Self.shardCount).map { _ in Shard(limit: limit) } : []
  }

  @inline(__always)
  func add(_ event: String, time: UInt64, level: Logger.Level, to trace: LogTrace) {
    guard limit > 0 else { return }
    shards[Int(trace.traceIDLow % UInt64(Self.shardCount))].add(
      FailureFields.Breadcrumb(time: time, level: level, event: event), to: trace)
  }

  /// The events of a trace, the oldest first.
  func of(_ trace: LogTrace) -> [FailureFields.Breadcrumb] {
    guard limit > 0 else { return [] }
    return shards[Int(trace.traceIDLow % UInt64(Self.shardCount))].of(trace)
  }
}

/// The traces of one of sixteen parts. As in ``LogPipeline``, a lock of its own and the content behind a pointer.
@safe
private final class Shard: @unchecked Sendable {  // The content is only touched with `lock` held.
  private let lock: UnsafeMutablePointer<UInt32>
  private let content: UnsafeMutablePointer<Trails>

  init(limit: Int) {
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: 0)
    unsafe content = .allocate(capacity: 1)
    unsafe content.initialize(to: Trails(limit: limit))
  }

  deinit {
    unsafe content.deinitialize(count: 1)
    unsafe content.deallocate()
    unsafe lock.deallocate()
  }

  @inline(__always)
  func add(_ crumb: FailureFields.Breadcrumb, to trace: LogTrace) {
    unsafe spoor_lock(lock)
    unsafe content.pointee.add(crumb, to: trace)
    unsafe spoor_unlock(lock)
  }

  func of(_ trace: LogTrace) -> [FailureFields.Breadcrumb] {
    unsafe spoor_lock(lock)
    defer { unsafe spoor_unlock(lock) }
    return unsafe content.pointee.of(trace)
  }
}

private struct Trails {
  private static let capacity = 16

  private struct Trail {
    var high: UInt64
    var low: UInt64
    var used: UInt64
    var crumbs: [FailureFields.Breadcrumb] = []
    var next = 0
  }

  private let limit: Int
  private var trails: [Trail] = []
  private var turn: UInt64 = 0
  /// Where the last event went: the next one is likely of the same trace.
  private var last = 0

  init(limit: Int) { self.limit = limit }

  mutating func add(_ crumb: FailureFields.Breadcrumb, to trace: LogTrace) {
    turn &+= 1
    if !(last < trails.count && trails[last].low == trace.traceIDLow && trails[last].high == trace.traceIDHigh) {
      last = index(of: trace)
    }
    trails[last].used = turn
    if trails[last].crumbs.count < limit {
      trails[last].crumbs.append(crumb)
    } else {
      let next = trails[last].next
      trails[last].crumbs[next] = crumb
      trails[last].next = next + 1 == limit ? 0 : next + 1
    }
  }

  func of(_ trace: LogTrace) -> [FailureFields.Breadcrumb] {
    guard let trail = trails.first(where: { $0.low == trace.traceIDLow && $0.high == trace.traceIDHigh }) else {
      return []
    }
    return Array(trail.crumbs[trail.next...] + trail.crumbs[..<trail.next])
  }

  private mutating func index(of trace: LogTrace) -> Int {
    var oldest = 0
    for index in trails.indices {
      if trails[index].low == trace.traceIDLow, trails[index].high == trace.traceIDHigh { return index }
      if trails[index].used < trails[oldest].used { oldest = index }
    }
    let trail = Trail(high: trace.traceIDHigh, low: trace.traceIDLow, used: turn)
    if trails.count < Self.capacity {
      trails.append(trail)
      return trails.count - 1
    }
    trails[oldest] = trail
    return oldest
  }
}
