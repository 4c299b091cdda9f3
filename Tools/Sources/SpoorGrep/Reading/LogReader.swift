internal import CSearch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Finds the matching lines of one file, one after the other.
///
/// The query's literal is looked for in whole buffers first; only a line that holds it is parsed. A line longer than
/// ``maximumLine`` is no record and is passed over.
@safe
public final class LogReader {
  /// A line that matches, or one that is no JSON where those are wanted.
  public struct Match: Sendable {
    /// The line without its end.
    public let line: [UInt8]
    /// The record; nil for what is no JSON.
    public let record: LogRecord?
    /// Microseconds since 1970; of a line without a time, that of the one before.
    public let time: Int64
  }

  static let maximumLine = 16 << 20

  private let source: any ByteSource
  private let query: LogQuery
  private let literal: [UInt8]
  private let passesOther: Bool
  private let isFollowing: Bool
  private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 16)
  /// What is not looked at yet: whole lines up to `limit`, then the beginning of one up to `end`.
  private var start = 0
  private var limit = 0
  private var end = 0
  /// Whether what comes up to the next line end belongs to a line that is too long.
  private var isSkipping = false
  private var lastTime = Int64.min

  /// Opens a file; `-` is standard input. Gzip and zstd are told by their first bytes.
  ///
  /// - Parameters:
  ///   - passesOther: whether lines that are no JSON objects are given as well.
  ///   - following: whether the file may grow: the last line then counts once its end is written.
  public init(path: String, query: LogQuery, passesOther: Bool = false, following: Bool = false) throws(ReadFailure) {
    let text = try FileSource.text(of: path)
    isFollowing = following && path != "-" && text is FileSource
    source = isFollowing ? try FollowingSource(path: path) : text
    self.query = query
    self.passesOther = passesOther
    literal = passesOther ? [] : query.literal
  }

  deinit { unsafe buffer.deallocate() }

  /// The next match; nil when there is none, or none yet.
  public func next() throws(ReadFailure) -> Match? {
    while true {
      while let line = nextCandidate() {
        if let match = match(line) { return match }
      }
      guard try refill() else { return nil }
    }
  }

  private func match(_ line: [UInt8]) -> Match? {
    guard let record = LogRecord(line) else {
      guard passesOther, line.contains(where: { $0 > 0x20 }) else { return nil }
      return Match(line: line, record: nil, time: lastTime)
    }
    guard query.matches(record) else { return nil }
    if let time = record.time { lastTime = time }
    return Match(line: line, record: record, time: lastTime)
  }

  /// The next line that may match.
  private func nextCandidate() -> [UInt8]? {
    guard start < limit, let base = unsafe buffer.baseAddress else { return nil }
    var from = start
    if !literal.isEmpty {
      let found = unsafe spoor_find(base + start, limit - start, literal, literal.count)
      guard found >= 0 else {
        start = limit
        return nil
      }
      from += unsafe spoor_find_last(base + start, found, UInt8(ascii: "\n")) + 1
    }
    let line = unsafe buffer[from..<limit]
    let length = unsafe memchr(base + from, 0x0A, limit - from).map { unsafe $0 - (base + from) } ?? (limit - from)
    start = from + length + 1
    return unsafe Array(line.prefix(length))
  }

  /// Reads on; false at the end.
  private func refill() throws(ReadFailure) -> Bool {
    guard let base = unsafe buffer.baseAddress else { return false }
    let kept = max(0, end - min(start, end))
    if kept > 0, start > 0 { unsafe memmove(base, base + start, kept) }
    (start, limit, end) = (0, 0, kept)
    while true {
      if unsafe end == buffer.count { grow() }
      let got = try unsafe source.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
      guard got > 0, let base = unsafe buffer.baseAddress else {
        guard end > 0, !isFollowing else { return false }
        // The last line has no end.
        limit = isSkipping ? 0 : end
        end = limit
        return limit > 0
      }
      let last = unsafe spoor_find_last(base + end, got, UInt8(ascii: "\n"))
      if last < 0 {
        end += got
        if end > Self.maximumLine {
          isSkipping = true
          end = 0
        }
        continue
      }
      limit = end + last + 1
      end += got
      if isSkipping {
        start = unsafe memchr(base, 0x0A, limit).map { unsafe $0 - UnsafeMutableRawPointer(base) + 1 } ?? limit
        isSkipping = false
      }
      return true
    }
  }

  private func grow() {
    let larger = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
    unsafe buffer.deallocate()
    unsafe buffer = larger
  }
}
