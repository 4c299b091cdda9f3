// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Log lines that are held until their trace fails, and discarded if it does not.
///
/// Bounded: a configured number of lines and at most 32 KiB for each of 512 traces. Above that, the oldest line of a
/// trace is dropped, or the lines of a trace that was quiet for long. Both are counted. Held lines are lost with the
/// process, because only lines that are to be written enter the journal.
package final class HeldLines: Sendable {
  static let bytesPerTrace = 32 << 10
  /// The maximum number of traces.
  static let traces = 512

  /// The outcome for a line.
  enum Verdict: Sendable { case held, write }

  /// The held lines of a trace.
  struct Release: Sendable {
    /// The lines, the oldest first.
    var lines: [[UInt8]] = []
    /// The number of lines that were dropped before.
    var dropped = 0
  }

  private struct Trail {
    var lines: [[UInt8]] = []
    var bytes = 0
    var dropped = 0
    var hasFailed = false

    /// The trace makes room for another one.
    func note(in evictions: Locked<Evictions>) {
      guard !lines.isEmpty else { return }
      evictions.withLock {
        $0.lines += lines.count + dropped
        $0.traces += 1
      }
    }
  }

  private let limit: Int
  private let trails: RecentTraces<Trail>
  private let evictions = Locked(Evictions())

  /// Lines that were dropped because too many traces held lines at the same time.
  struct Evictions: Sendable, Equatable {
    var lines = 0
    var traces = 0
  }

  /// - Parameter limit: the maximum number of lines for each trace.
  init(limit: Int) {
    self.limit = max(1, limit)
    trails = RecentTraces(capacity: Self.traces, evicted: { [evictions] in $0.note(in: evictions) }) { Trail() }
  }

  /// What was dropped since the last call.
  func takeEvictions() -> Evictions {
    evictions.withLock { evictions in
      defer { evictions = Evictions() }
      return evictions
    }
  }

  /// Holds a line, unless its trace has already failed: then the line must be written.
  func take(_ line: [UInt8], high: UInt64, low: UInt64) -> Verdict {
    trails.with(high, low) { trail in
      if trail.hasFailed { return .write }
      trail.lines.append(line)
      trail.bytes += line.count
      while trail.lines.count > limit || trail.bytes > Self.bytesPerTrace {
        trail.bytes -= trail.lines.removeFirst().count
        trail.dropped += 1
      }
      return .held
    }
  }

  /// Marks a trace as failed and returns its held lines, once. Later lines of the trace are not held.
  func release(high: UInt64, low: UInt64) -> Release {
    trails.with(high, low) { trail in
      let release = Release(lines: trail.lines, dropped: trail.dropped)
      trail = Trail(hasFailed: true)
      return release
    }
  }

  /// Discards the lines of a trace that ended without a failure.
  func forget(high: UInt64, low: UInt64) { trails.remove(high, low) }
}
