// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// The last log events of each trace, which are written with its next failure.
///
/// Bounded: a configured number of events for each of 256 traces; the trace that was quiet longest is evicted first.
/// Breadcrumbs that no record holds are lost with the process.
package final class Breadcrumbs: Sendable {
  /// An event's name in its original form. Most names are constants of the program, and no string is made until one is
  /// needed.
  enum Name {
    case constant(StaticString)
    case text(String)
  }

  private struct Crumb {
    let time: UInt64
    let level: Logger.Level
    let event: Name
  }

  /// A ring of events.
  private struct Trail {
    var crumbs: [Crumb] = []
    var next = 0
  }

  private let limit: Int
  private let trails = RecentTraces(capacity: 256) { Trail() }

  /// - Parameter limit: the number of events kept for each trace; 0 for none.
  package init(limit: Int) { self.limit = max(0, limit) }

  @inline(__always)
  func add(_ event: Name, time: UInt64, level: Logger.Level, to trace: LogTrace) {
    guard limit > 0 else { return }
    let crumb = Crumb(time: time, level: level, event: event)
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
    return (trail.crumbs[trail.next...] + trail.crumbs[..<trail.next]).map { crumb in
      let event =
        switch crumb.event {
        case .constant(let name): name.description
        case .text(let name): name
        }
      return FailureFields.Breadcrumb(time: crumb.time, level: crumb.level, event: event)
    }
  }
}
