// SPDX-License-Identifier: Apache-2.0

/// Merges the matches of several files in order of their times, without holding them in memory. Several files are
/// searched at once, on as many threads as the machine has cores.
///
/// Each file is assumed to be in order by itself, as logs are. A record that is out of order is returned at its
/// position in its file.
public struct LogMerge {
  /// With more files than this, one is read after the other.
  private static let maximumThreads = 64

  private enum Source {
    case reader(LogReader)
    case queue(MatchQueue)

    func next() -> LogReader.Match? {
      switch self {
      case .reader(let reader): reader.next()
      case .queue(let queue): queue.next()
      }
    }
  }

  private struct Head {
    var match: LogReader.Match?
    /// Whether the source has no further matches.
    var hasEnded = false
    /// Whether the file may grow.
    let isLive: Bool
    let source: Source
  }

  private var heads: [Head] = []

  /// Begins reading. A reader is used by other threads until ``close()`` was called.
  ///
  /// - Parameter cores: the number of threads that read at once; readers that may block are read by the caller.
  public init(_ readers: [LogReader], cores: Int = Self.cores) {
    let isConcurrent = cores > 1 && readers.count > 1 && readers.count <= Self.maximumThreads
    let permits = MatchQueue.Permits(max(1, cores))
    heads = readers.map { reader in
      guard isConcurrent, !reader.isLive else { return Head(isLive: reader.isLive, source: .reader(reader)) }
      let queue = MatchQueue(reader, permits: permits)
      return Head(isLive: false, source: queue.start() ? .queue(queue) : .reader(reader))
    }
  }

  /// The number of the machine's cores.
  public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The next match; `nil` when there is none, or none yet.
  public mutating func next() -> LogReader.Match? {
    var earliest: Int?
    for index in heads.indices where !heads[index].hasEnded {
      if heads[index].match == nil {
        heads[index].match = heads[index].source.next()
        if heads[index].match == nil, !heads[index].isLive { heads[index].hasEnded = true }
      }
      guard let match = heads[index].match else { continue }
      if let other = earliest, let best = heads[other].match, best.time <= match.time { continue }
      earliest = index
    }
    guard let earliest else { return nil }
    defer { heads[earliest].match = nil }
    return heads[earliest].match
  }

  /// Ends the reading. Afterwards the readers' counts and failures can be used.
  public mutating func close() {
    for head in heads { if case .queue(let queue) = head.source { queue.close() } }
  }
}
