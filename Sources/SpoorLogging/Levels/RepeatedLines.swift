// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import Logging
internal import SpoorBase
internal import SpoorJournal

/// Counts repeated lines by the rule of a ``LogSampling``.
///
/// Bounded: 1 024 different lines are counted at a time. A new line replaces one whose interval has ended; if there is
/// none, the new line is written without being counted.
package final class RepeatedLines: Sendable {
  /// Lines that were suppressed.
  package struct Suppressed: Sendable, Hashable {
    package var logger: String
    package var level: Logger.Level
    package var event: String
    package var count: Int
  }

  /// The outcome for a line.
  package enum Verdict: Sendable, Hashable {
    /// The line is written; the number is that of the lines suppressed before it.
    case written(suppressedBefore: Int)
    case suppressed
  }

  private struct Line: Sendable {
    var hash: Int
    var logger: String
    var level: Logger.Level
    var event: String
    var start: UInt64
    var count = 0
    var suppressed = 0

    func isOver(_ now: UInt64, _ interval: UInt64) -> Bool { now &- start >= interval }
    var left: Suppressed? {
      suppressed > 0 ? Suppressed(logger: logger, level: level, event: event, count: suppressed) : nil
    }
  }

  private static let shardCount = 16
  private static let linesPerShard = 64

  private let sampling: LogSampling
  private let interval: UInt64
  private let shards = (0..<RepeatedLines.shardCount).map { _ in Locked<[Line]>([]) }
  /// The suppressed lines of entries that were replaced by another line.
  private let reports = Locked<[Suppressed]>([])

  package init(_ sampling: LogSampling) {
    self.sampling = sampling
    interval = sampling.interval.nanoseconds
  }

  /// Counts a line.
  ///
  /// - Parameter now: nanoseconds of the monotonic clock.
  package func verdict(
    on event: String, level: Logger.Level, logger: String, now: UInt64 = spoor_monotonic_ns()
  ) -> Verdict {
    var hasher = Hasher()
    hasher.combine(event)
    hasher.combine(level)
    hasher.combine(logger)
    let hash = hasher.finalize()
    return shards[Int(UInt(bitPattern: hash) % UInt(Self.shardCount))].withLock { lines in
      guard let index = place(of: event, level, logger, hash, now, &lines) else {
        return .written(suppressedBefore: 0)
      }
      if lines[index].isOver(now, interval) {
        // This line carries the count of the interval that has ended.
        let before = lines[index].suppressed
        lines[index].start = now
        lines[index].count = 1
        lines[index].suppressed = 0
        return sampling.first > 0 ? .written(suppressedBefore: before) : .suppressed
      }
      lines[index].count += 1
      let beyond = lines[index].count - sampling.first
      guard beyond <= 0 || (sampling.thereafter > 0 && beyond % sampling.thereafter == 0) else {
        lines[index].suppressed += 1
        return .suppressed
      }
      defer { lines[index].suppressed = 0 }
      return .written(suppressedBefore: lines[index].suppressed)
    }
  }

  private func place(
    of event: String, _ level: Logger.Level, _ logger: String, _ hash: Int, _ now: UInt64, _ lines: inout [Line]
  ) -> Int? {
    if let index = lines.firstIndex(where: {
      $0.hash == hash && $0.level == level && $0.event == event && $0.logger == logger
    }) {
      return index
    }
    let line = Line(hash: hash, logger: logger, level: level, event: event, start: now)
    if lines.count < Self.linesPerShard {
      lines.append(line)
      return lines.count - 1
    }
    guard let index = lines.firstIndex(where: { $0.isOver(now, interval) }) else { return nil }
    if let left = lines[index].left { reports.withLock { $0.append(left) } }
    lines[index] = line
    return index
  }

  /// The lines that were suppressed in intervals that have ended, each once.
  ///
  /// - Parameter all: whether to include intervals that have not ended, because the process is about to end.
  package func takeSuppressed(now: UInt64 = spoor_monotonic_ns(), all: Bool = false) -> [Suppressed] {
    var found = reports.withLock { reports in
      defer { reports = [] }
      return reports
    }
    for shard in shards {
      shard.withLock { lines in
        for index in lines.indices where all || lines[index].isOver(now, interval) {
          guard let left = lines[index].left else { continue }
          found.append(left)
          lines[index].suppressed = 0
        }
      }
    }
    return found
  }
}
