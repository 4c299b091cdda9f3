// SPDX-License-Identifier: Apache-2.0

/// Merges the matches of several files in order of their times, without holding them in memory. Pieces of the files are
/// searched at once, on as many threads as the machine has cores.
///
/// Each file is assumed to be in order by itself, as logs are. A record that is out of order is returned at its
/// position in its file.
public struct LogMerge {
  /// With more files than this, one is read after the other.
  private static let maximumFiles = 64

  private enum Source {
    case reader(LogReader)
    /// A reader whose matches a thread reads ahead one after the other, because they depend on each other.
    case queue(MatchQueue)
    /// The number of a file in the queue of pieces.
    case pieces(Int)
  }

  private struct Head {
    var match: LogReader.Match?
    /// Whether the source has no further matches.
    var hasEnded = false
    let reader: LogReader
    let source: Source
    /// The matches of the current piece, the next one last.
    var current: [LogReader.Match] = []
    /// The time of the latest match of the pieces so far.
    var lastTime = Int64.min
  }

  private var heads: [Head] = []
  private var pieces: PieceQueue<MatchList>?

  /// Begins reading. A reader is used by other threads until ``close()`` was called.
  ///
  /// - Parameter cores: the number of threads that read at once; readers that may block are read by the caller.
  public init(_ readers: [LogReader], cores: Int = Self.cores) { self.init(readers, cores: cores, pieceSize: nil) }

  init(_ readers: [LogReader], cores: Int, pieceSize: Int?) {
    let isConcurrent = readers.count <= Self.maximumFiles
    let permits = MatchQueue.Permits(max(1, cores))
    let split = isConcurrent ? readers.filter { !$0.isLive && $0.mayReadPieces } : []
    if !split.isEmpty {
      pieces = PieceQueue(split, cores: cores, inOrder: false, pieceSize: pieceSize) { MatchList($0.content) }
    }
    var number = 0
    heads = readers.map { reader in
      guard isConcurrent, !reader.isLive else { return Head(reader: reader, source: .reader(reader)) }
      if reader.mayReadPieces {
        number += 1
        return Head(reader: reader, source: .pieces(number - 1))
      }
      let queue = MatchQueue(reader, permits: permits)
      return Head(reader: reader, source: queue.start() ? .queue(queue) : .reader(reader))
    }
  }

  /// The number of the machine's cores.
  public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The next match; `nil` when there is none, or none yet.
  public mutating func next() -> LogReader.Match? {
    if heads.count == 1 { return advance(0) }
    var earliest: Int?
    for index in heads.indices where !heads[index].hasEnded {
      if heads[index].match == nil {
        heads[index].match = advance(index)
        if heads[index].match == nil, !heads[index].reader.isLive { heads[index].hasEnded = true }
      }
      guard let match = heads[index].match else { continue }
      if let other = earliest, let best = heads[other].match, best.time <= match.time { continue }
      earliest = index
    }
    guard let earliest else { return nil }
    defer { heads[earliest].match = nil }
    return heads[earliest].match
  }

  /// The next match of a file.
  private mutating func advance(_ index: Int) -> LogReader.Match? {
    switch heads[index].source {
    case .reader(let reader): return reader.next()
    case .queue(let queue): return queue.next()
    case .pieces(let number):
      while heads[index].current.isEmpty {
        guard var list = pieces?.next(number) else { return nil }
        list.begin(after: heads[index].lastTime)
        heads[index].lastTime = list.lastTime
        heads[index].current = list.matches.reversed()
      }
      var match = heads[index].current.removeLast()
      match.path = heads[index].reader.path
      return match
    }
  }

  /// Ends the reading. Afterwards the readers' counts and failures can be used.
  public mutating func close() {
    for head in heads { if case .queue(let queue) = head.source { queue.close() } }
    pieces?.close()
  }
}

/// Collects what is needed of the matches of several files, on as many threads as the machine has cores.
package enum LogFold {
  /// Calls `body` with what a sink took of each piece: the pieces of a file in their order, the files one after the
  /// other. Afterwards the readers' counts and failures can be used.
  ///
  /// - Parameters:
  ///   - pieceSize: the number of bytes that are read at once; `nil` for a suitable one.
  ///   - sink: an empty sink.
  package static func forEachPiece<Sink: RecordSink>(
    of readers: [LogReader], cores: Int, pieceSize: Int?, into sink: Sink, _ body: (Sink) -> Void
  ) {
    let queue = PieceQueue(readers, cores: cores, inOrder: true, pieceSize: pieceSize) { _ in sink }
    for number in readers.indices { while let taken = queue.next(number) { body(taken) } }
    queue.close()
  }
}
