/// Log lines of traces that may yet fail: kept back, and written only if they do.
///
/// Bounded: so many lines and at most 32 KiB for each of 512 traces. Beyond it the oldest line of a trace goes, and the
/// trace that was quiet longest. Lost with the process, for only lines that are to be written enter the journal.
package final class HeldLines: Sendable {
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

  private struct Trail {
    var lines: [[UInt8]] = []
    var bytes = 0
    var dropped = 0
    var hasFailed = false
  }

  private let limit: Int
  private let trails = RecentTraces(capacity: 512) { Trail() }

  /// - Parameter limit: lines for each trace.
  init(limit: Int) { self.limit = max(1, limit) }

  /// Keeps a line, unless its trace has failed: then it is to be written.
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

  /// The trace has failed: what was kept of it, once. Its further lines are not kept back.
  func release(high: UInt64, low: UInt64) -> Release {
    trails.with(high, low) { trail in
      let release = Release(lines: trail.lines, dropped: trail.dropped)
      trail = Trail(hasFailed: true)
      return release
    }
  }

  /// The trace has ended well here: nobody will want its lines.
  func forget(high: UInt64, low: UInt64) { trails.remove(high, low) }
}
