internal import Logging

/// The last log events of each trace, to be shown with its next failure.
///
/// Bounded: so many events for each of 256 traces, the trace that was quiet longest goes first. Lost with the process, but
/// for those that a record holds.
package final class Breadcrumbs: Sendable {
  /// Events in a ring.
  private struct Trail {
    var crumbs: [FailureFields.Breadcrumb] = []
    var next = 0
  }

  private let limit: Int
  private let trails = RecentTraces(capacity: 256) { Trail() }

  /// - Parameter limit: events kept for each trace, 0 for none.
  package init(limit: Int) { self.limit = max(0, limit) }

  @inline(__always)
  func add(_ event: String, time: UInt64, level: Logger.Level, to trace: LogTrace) {
    guard limit > 0 else { return }
    let crumb = FailureFields.Breadcrumb(time: time, level: level, event: event)
    trails.with(trace.traceIDHigh, trace.traceIDLow) { trail in
      if trail.crumbs.count < limit {
        trail.crumbs.append(crumb)
      } else {
        trail.crumbs[trail.next] = crumb
        trail.next = trail.next + 1 == limit ? 0 : trail.next + 1
      }
    }
  }

  /// The events of a trace, the oldest first.
  func of(_ trace: LogTrace) -> [FailureFields.Breadcrumb] {
    guard let trail = trails.content(of: trace.traceIDHigh, trace.traceIDLow) else { return [] }
    return Array(trail.crumbs[trail.next...] + trail.crumbs[..<trail.next])
  }
}
