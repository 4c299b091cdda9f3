// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Reads the lines of a source one after the other. Each is a piece of a buffer and is followed by padding for the JSON
/// parser.
///
/// A line longer than ``maximumLine`` is skipped and counted as a line without a record. The last line may have no line
/// end.
@safe
final class LineReader {
  static let maximumLine = 16 << 20

  private let source: any ByteSource
  /// Whether an incomplete last line is not returned yet, because the file may grow.
  private let isFollowing: Bool
  private var buffer: UnsafeMutableRawBufferPointer
  private let padding = Int(SPOOR_JSON_PADDING)
  /// The unread part of the buffer: whole lines up to `limit`, then the beginning of one up to `end`.
  private var start = 0
  private var limit = 0
  private var end = 0
  private var isSkipping = false
  /// The error that ended the source; it is thrown after the lines before it have been returned.
  private var failure: ReadFailure?
  private var isAtBeginning = true
  /// The number of lines counted so far in whole buffers, and of those among them that do not begin with `{`.
  private(set) var lines: UInt64 = 0
  private(set) var others: UInt64 = 0
  /// The number, from 1, of the first line that does not begin with `{`.
  private(set) var firstOther: UInt64?
  /// The number of lines that were too long.
  private(set) var tooLong: UInt64 = 0

  init(_ source: any ByteSource, following: Bool) {
    self.source = source
    isFollowing = following
    unsafe buffer = .allocate(byteCount: 1 << 20, alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  /// The next line without its end, valid until the next call; `nil` if there is none, or none yet.
  func next() throws(ReadFailure) -> UnsafeRawBufferPointer? {
    while true {
      if start < limit, let base = unsafe buffer.baseAddress {
        let length =
          unsafe memchr(base + start, 0x0A, limit - start).map { unsafe $0 - (base + start) } ?? (limit - start)
        let line = unsafe UnsafeRawBufferPointer(start: base + start, count: length)
        start += length + 1
        return unsafe line
      }
      guard try refill() else { return nil }
    }
  }

  /// The next line that contains one of these texts.
  func next(containing literals: [[UInt8]]) throws(ReadFailure) -> UnsafeRawBufferPointer? {
    while true {
      if start < limit, let base = unsafe buffer.baseAddress {
        var nearest = Int.max
        for literal in literals {
          let found = unsafe spoor_find(base + start, min(limit - start, nearest), literal, literal.count)
          if found >= 0 { nearest = min(nearest, found + literal.count) }
        }
        if nearest == .max {
          start = limit
        } else {
          // `nearest` is after the match, which contains no line end.
          start += unsafe spoor_find_last(base + start, nearest - 1, 0x0A) + 1
          return try unsafe next()
        }
      }
      guard try refill() else { return nil }
    }
  }

  /// Reads more bytes; `false` at the end.
  private func refill() throws(ReadFailure) -> Bool {
    guard let base = unsafe buffer.baseAddress else { return false }
    let kept = max(0, end - min(start, end))
    if kept > 0, start > 0 { unsafe memmove(base, base + start, kept) }
    (start, limit, end) = (0, 0, kept)
    while true {
      if unsafe end + padding == buffer.count { grow() }
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[end..<(buffer.count - padding)])
      if let failure, end == 0 { throw failure }
      let got = unsafe failure == nil ? read(into: room) : 0
      guard got > 0, let base = unsafe buffer.baseAddress else {
        guard end > 0, !isFollowing else {
          if let failure { throw failure }
          return false
        }
        if isSkipping {
          isSkipping = false
          end = 0
          return false
        }
        // The last line has no end.
        limit = end
        count()
        return true
      }
      if isAtBeginning {
        isAtBeginning = false
        // UTF-8's byte order mark.
        if got >= 3, unsafe buffer[0] == 0xEF, unsafe buffer[1] == 0xBB, unsafe buffer[2] == 0xBF { start = 3 }
      }
      let last = unsafe spoor_find_last(base + end, got, 0x0A)
      if last < 0 {
        end += got
        if end > Self.maximumLine {
          if !isSkipping { tooLong += 1 }
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
      count()
      return true
    }
  }

  private func read(into room: UnsafeMutableRawBufferPointer) -> Int {
    do throws(ReadFailure) {
      return try unsafe source.read(into: room)
    } catch {
      failure = error
      return 0
    }
  }

  private func count() {
    guard let base = unsafe buffer.baseAddress else { return }
    let before = lines
    let first = unsafe spoor_count_lines(
      (base + start).assumingMemoryBound(to: UInt8.self), limit - start, &lines, &others)
    if first >= 0, firstOther == nil {
      var ends = 0
      var index = start
      while index < start + first {
        if unsafe buffer[index] == 0x0A { ends += 1 }
        index += 1
      }
      firstOther = before + UInt64(ends) + 1
    }
  }

  private func grow() {
    let larger = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
    unsafe buffer.deallocate()
    unsafe buffer = larger
  }
}
