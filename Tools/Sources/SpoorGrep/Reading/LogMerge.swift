/// The matches of several files in the order of their times.
///
/// Each file is taken to be in order by itself, as logs are; what is not is given where its file has it.
public struct LogMerge {
  private struct Head {
    var match: LogReader.Match?
    let reader: LogReader
  }

  private var heads: [Head] = []

  /// Begins reading.
  public init(_ readers: [LogReader]) {
    heads = readers.map { Head(match: nil, reader: $0) }
  }

  /// The next match; nil when there is none, or none yet.
  public mutating func next() throws(ReadFailure) -> LogReader.Match? {
    var earliest: Int?
    for index in heads.indices {
      if heads[index].match == nil { heads[index].match = try heads[index].reader.next() }
      guard let match = heads[index].match else { continue }
      if let other = earliest, let best = heads[other].match, best.time <= match.time { continue }
      earliest = index
    }
    guard let earliest else { return nil }
    defer { heads[earliest].match = nil }
    return heads[earliest].match
  }
}
