// SPDX-License-Identifier: Apache-2.0

/// Finds the matching records of one file, one after the other.
public final class LogReader {
  /// A matching record, or a line without a record if those are requested.
  public struct Match: Sendable {
    /// The record's JSON, or the line without its end.
    public let line: [UInt8]
    /// The record; `nil` for a line without one.
    public let record: LogRecord?
    /// The time in microseconds since 1970; for a line without one, that of the line before.
    public let time: Int64
    /// The path of its file.
    public let path: String
    /// Whether it does not match and is only shown as context.
    public var isContext = false
  }

  /// The path with which the file was opened.
  public let path: String
  /// Why the rest of the file cannot be read. The matches before that are returned first.
  public private(set) var failure: ReadFailure?

  private let reader: RecordReader
  private let query: LogQuery
  private let literals: [[UInt8]]?
  private let passesOther: Bool
  private let inverts: Bool
  private var lastTime = Int64.min
  private let before: Int
  private let after: Int
  /// The records before the next match, at most `before` of them.
  private var earlier: [Match] = []
  /// The records around the latest match that have not been returned, the next one first.
  private var due: [Match] = []
  /// The number of records after the latest match that are still to be returned.
  private var wanted = 0
  /// Whether reading the file may block: a pipe, a terminal, a socket.
  public let isLive: Bool

  /// Opens a file; `-` is standard input. Its compression is detected by its first bytes: gzip, zstd, xz, bzip2.
  ///
  /// - Parameters:
  ///   - passesOther: whether lines without a record are returned as well.
  ///   - following: whether the file may grow. An incomplete last line is then returned after its end is written.
  ///   - inverts: whether the records that do not match are returned.
  ///   - before: the number of records before each match that are returned as context.
  ///   - after: the number of records after each match that are returned as context.
  public convenience init(
    path: String, query: LogQuery, passesOther: Bool = false, following: Bool = false, inverts: Bool = false,
    before: Int = 0, after: Int = 0
  ) throws(ReadFailure) {
    try self.init(
      LogText(path: path), query: query, passesOther: passesOther, following: following, inverts: inverts,
      before: before, after: after)
  }

  /// Reads a file that is open.
  public init(
    _ text: LogText, query: LogQuery, passesOther: Bool = false, following: Bool = false, inverts: Bool = false,
    before: Int = 0, after: Int = 0
  ) throws(ReadFailure) {
    path = text.path
    let isFollowing = following && path != "-" && text.isPlain
    reader = RecordReader(isFollowing ? try FollowingSource(path: path) : text, following: isFollowing)
    self.query = inverts ? .not(query) : query
    self.inverts = inverts
    self.passesOther = passesOther
    self.before = before
    self.after = after
    isLive = isFollowing || text.isLive
    literals = passesOther || inverts || before > 0 || after > 0 ? nil : query.literals
  }

  /// The next match; `nil` when there is none, or none yet.
  public func next() -> Match? {
    if !due.isEmpty { return due.removeFirst() }
    guard failure == nil else { return nil }
    do throws(ReadFailure) {
      while let item = try reader.next(literals: literals) {
        switch item {
        case .record(let view):
          let isMatch = query.matches(view)
          guard isMatch || before > 0 || wanted > 0 else { continue }
          let record = LogRecord(view)
          if let time = record.time { lastTime = time }
          var match = Match(line: record.json, record: record, time: lastTime, path: path)
          if isMatch {
            wanted = after
            due = earlier + [match]
            earlier = []
            return due.removeFirst()
          }
          match.isContext = true
          if wanted > 0 {
            wanted -= 1
            return match
          }
          earlier.append(match)
          if earlier.count > before { earlier.removeFirst() }
        case .other(let line):
          guard passesOther else { continue }
          return unsafe Match(line: Array(line), record: nil, time: lastTime, path: path)
        }
      }
    } catch {
      failure = error
    }
    return nil
  }

  /// The number of lines that were read.
  public var lineCount: UInt64 { reader.lineCount }
  /// The number of lines without a record.
  public var otherCount: UInt64 { reader.others }
  /// The number, from 1, of the first line without a record; `nil` if there is none or its number is not known.
  public var firstOtherLine: UInt64? { reader.firstOtherLine }
}
