// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Reads the lines of a source, or of a piece of it, one after the other. Padding for the JSON parser follows each
/// line.
@safe
final class LineReader {
  private let source: LineSource?
  private var buffer: LineBuffer
  /// The unread lines of the buffer.
  private var start = 0
  private var limit = 0
  /// The number of lines in whole buffers so far.
  private(set) var lines: UInt64 = 0
  /// The number of lines among them that are no records by their looks.
  private(set) var unlikely: UInt64 = 0
  /// The number, from 1, of the first of these.
  private(set) var firstUnlikely: UInt64?
  /// Whether a line of the buffer may belong together with others.
  private var joins = false
  /// How often a search for texts found one, and how many bytes it skipped.
  private var hits = 0
  private var skipped = 0

  /// Whether a search for texts may skip lines, and is faster than to read them all.
  private var maySkip: Bool { !joins && (hits < 64 || skipped >= hits * 64) }

  /// Reads a source to its end.
  init(_ source: any ByteSource, following: Bool) {
    self.source = LineSource(source, following: following)
    buffer = LineBuffer(capacity: 1 << 20)
  }

  /// Reads the lines of a buffer.
  init(_ buffer: LineBuffer) {
    source = nil
    self.buffer = buffer
    begin()
  }

  /// The next line without its end, valid until the next call; `nil` if there is none, or none yet.
  func next() throws(ReadFailure) -> UnsafeRawBufferPointer? {
    while true {
      if start < limit, let line = unsafe buffer.base(start) {
        let length =
          unsafe memchr(line, 0x0A, limit - start).map { unsafe UnsafeRawPointer($0) - line } ?? (limit - start)
        start += length + 1
        return unsafe UnsafeRawBufferPointer(start: line, count: length)
      }
      guard try refill() else { return nil }
    }
  }

  /// The next line that contains one of these texts, or may belong together with others.
  func next(containing literals: [[UInt8]]) throws(ReadFailure) -> UnsafeRawBufferPointer? {
    while true {
      guard maySkip else { return try unsafe next() }
      if start < limit, let base = unsafe buffer.base(start) {
        var nearest = Int.max
        for literal in literals {
          let found = unsafe spoor_find(base, min(limit - start, nearest), literal, literal.count)
          if found >= 0 { nearest = min(nearest, found + literal.count) }
        }
        if nearest == .max {
          skipped += limit - start
          start = limit
        } else {
          // `nearest` is after the match, which contains no line end.
          let distance = unsafe spoor_find_last(base, nearest - 1, 0x0A) + 1
          start += distance
          hits += 1
          skipped += distance
          return try unsafe next()
        }
      }
      guard try refill() else { return nil }
    }
  }

  private func refill() throws(ReadFailure) -> Bool {
    guard let source, try source.fill(buffer) else { return false }
    begin()
    return true
  }

  /// Looks at the lines of the buffer before the first one is read.
  private func begin() {
    (start, limit) = (buffer.lines.lowerBound, buffer.lines.upperBound)
    guard start < limit, let base = unsafe buffer.base(start)?.assumingMemoryBound(to: UInt8.self) else { return }
    let found = unsafe spoor_look_at_lines(base, limit - start)
    if found.first_unlikely > 0, firstUnlikely == nil { firstUnlikely = lines + found.first_unlikely }
    lines += found.count
    unlikely += found.unlikely
    joins = found.joins
  }
}
