// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Finds the matching records of one file, one after the other.
public final class LogReader {
  /// What is made of a matching record.
  public enum Content: Sendable {
    /// The whole record and its JSON.
    case records
    /// What statistics of failures need.
    case brief
    /// Only its JSON, which is several times as fast.
    case lines
  }

  /// A matching record, or a line without a record if those are requested.
  public struct Match: Sendable {
    /// The record's JSON, or the line without its end; empty if ``Content/brief`` is requested.
    public let line: [UInt8]
    /// The record; `nil` for a line without one, and if ``Content/records`` are not requested.
    public let record: LogRecord?
    /// What statistics need of the record, if ``Content/brief`` is requested.
    package let brief: BriefRecord?
    /// Whether it is a record.
    public let isRecord: Bool
    /// Whether the line includes a control character other than the tabulator and the carriage return, which is not
    /// valid in JSON.
    public let hasControl: Bool
    /// The time in microseconds since 1970; for a line without one, that of the line before.
    public internal(set) var time: Int64
    /// The path of its file.
    public internal(set) var path = ""
    /// Whether it does not match and is only shown as context.
    public internal(set) var isContext = false

    init(_ view: LogView, _ content: Content, time: Int64) {
      switch content {
      case .records:
        let record = LogRecord(view)
        (self.record, brief, line) = (record, nil, record.json)
      case .brief: (record, brief, line) = (nil, BriefRecord(view), [])
      case .lines: (record, brief, line) = (nil, nil, view.json)
      }
      isRecord = true
      hasControl = unsafe spoor_has_control(line, line.count)
      self.time = time
    }

    init(other line: UnsafeRawBufferPointer, time: Int64) {
      unsafe self.line = Array(line)
      (record, brief, isRecord, hasControl) = (nil, nil, false, false)
      self.time = time
    }
  }

  /// The path with which the file was opened.
  public let path: String
  /// Why the rest of the file cannot be read. The matches before that are returned first.
  public private(set) var failure: ReadFailure?

  private let source: any ByteSource
  private let isFollowing: Bool
  /// Reads the file from its beginning to its end; unused if pieces of it are read.
  private lazy var reader = RecordReader(source, following: isFollowing)
  let query: LogQuery
  let content: Content
  let passesOther: Bool
  private lazy var literals = usesLiterals ? query.literals : nil
  private var lastTime = Int64.min
  private let before: Int
  private let after: Int
  /// The records before the next match, at most `before` of them.
  private var earlier: [Match] = []
  /// The records around the latest match that have not been returned, the next one first.
  private var due: [Match] = []
  /// The number of records after the latest match that are still to be returned.
  private var wanted = 0
  /// The counts of the pieces that were read.
  private var pieceCounts: RecordReader.Counts?
  /// Whether reading the file may block: a pipe, a terminal, a socket.
  public let isLive: Bool
  /// Whether lines that contain none of the texts of the query may be skipped.
  let usesLiterals: Bool
  /// Whether each match depends on its own record only, and not on other matches.
  var mayReadPieces: Bool { before == 0 && after == 0 && !isFollowing }

  /// Opens a file; `-` is standard input. Its compression is detected by its first bytes: gzip, zstd, xz, bzip2.
  ///
  /// - Parameters:
  ///   - content: what is made of a matching record.
  ///   - passesOther: whether lines without a record are returned as well.
  ///   - following: whether the file may grow. An incomplete last line is then returned after its end is written.
  ///   - inverts: whether the records that do not match are returned.
  ///   - before: the number of records before each match that are returned as context.
  ///   - after: the number of records after each match that are returned as context.
  public convenience init(
    path: String, query: LogQuery, content: Content = .records, passesOther: Bool = false, following: Bool = false,
    inverts: Bool = false, before: Int = 0, after: Int = 0
  ) throws(ReadFailure) {
    try self.init(
      LogText(path: path), query: query, content: content, passesOther: passesOther, following: following,
      inverts: inverts, before: before, after: after)
  }

  /// Reads a file that is open.
  public init(
    _ text: LogText, query: LogQuery, content: Content = .records, passesOther: Bool = false, following: Bool = false,
    inverts: Bool = false, before: Int = 0, after: Int = 0
  ) throws(ReadFailure) {
    path = text.path
    isFollowing = following && path != "-" && text.isPlain
    source = isFollowing ? try FollowingSource(path: path) : text
    self.query = inverts ? .not(query) : query
    self.content = content
    self.passesOther = passesOther
    self.before = before
    self.after = after
    isLive = isFollowing || text.isLive
    usesLiterals = !passesOther && !inverts && before == 0 && after == 0
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
          if let time = view.time { lastTime = time }
          var match = Match(view, content, time: lastTime)
          match.path = path
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
          var match = unsafe Match(other: line, time: lastTime)
          match.path = path
          return match
        }
      }
    } catch {
      failure = error
    }
    return nil
  }

  // MARK: Pieces

  /// The file's lines, to be read in pieces instead of with ``next()``.
  func lines() -> LineSource { LineSource(source) }

  /// Adds the counts of a piece that was read.
  func add(_ counts: RecordReader.Counts) {
    var all = pieceCounts ?? RecordReader.Counts()
    all.add(counts)
    pieceCounts = all
  }

  /// Notes why no further piece can be read.
  func fail(_ failure: ReadFailure) { self.failure = failure }

  private var counts: RecordReader.Counts { pieceCounts ?? reader.counts }

  /// The number of lines that were read.
  public var lineCount: UInt64 { counts.lines }
  /// The number of lines without a record.
  public var otherCount: UInt64 { counts.others }
  /// The number, from 1, of the first line without a record; `nil` if there is none or its number is not known.
  public var firstOtherLine: UInt64? { counts.firstOther }
}
