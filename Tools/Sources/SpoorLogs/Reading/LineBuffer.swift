// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Memory with whole lines of a source, followed by padding for the JSON parser.
///
/// It belongs to one thread at a time, which is why it can be sent.
@safe
final class LineBuffer: @unchecked Sendable {
  private static let padding = Int(SPOOR_JSON_PADDING)

  private var memory: UnsafeMutableRawBufferPointer
  /// The lines. The last one has no line end if the source ends without one.
  fileprivate(set) var lines = 0..<0
  /// The number of bytes that were read.
  fileprivate var end = 0

  /// Creates a buffer for lines that have this many bytes together; it grows for a longer line.
  init(capacity: Int) { unsafe memory = .allocate(byteCount: capacity + Self.padding, alignment: 64) }

  deinit { unsafe memory.deallocate() }

  /// The address of an offset.
  func base(_ offset: Int) -> UnsafeRawPointer? {
    unsafe memory.baseAddress.map { unsafe UnsafeRawPointer($0 + offset) }
  }

  fileprivate func room() -> UnsafeMutableRawBufferPointer {
    if unsafe end + Self.padding >= memory.count { grow() }
    return unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end..<(memory.count - Self.padding)])
  }

  private func grow() {
    let larger = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count * 2, alignment: 64)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
    unsafe memory.deallocate()
    unsafe memory = larger
  }

  fileprivate subscript(offset: Int) -> UInt8 { unsafe memory[offset] }

  fileprivate func bytes(_ range: Range<Int>) -> [UInt8] { unsafe Array(memory[range]) }
}

/// Splits a source into pieces of whole lines.
///
/// A line longer than ``maximumLine`` is left out. The last line may have no line end.
final class LineSource {
  static let maximumLine = 16 << 20

  private let source: any ByteSource
  /// Whether an incomplete last line is not returned yet, because the file may grow.
  private let isFollowing: Bool
  /// The beginning of the line with which the next piece begins.
  private var rest: [UInt8] = []
  private var isSkipping = false
  /// The error that ended the source; it is thrown after the lines before it have been returned.
  private var failure: ReadFailure?
  private var isAtBeginning = true

  init(_ source: any ByteSource, following: Bool = false) {
    self.source = source
    isFollowing = following
  }

  /// Replaces the content of a buffer with the next lines; `false` if there are none, or none yet.
  func fill(_ buffer: LineBuffer) throws(ReadFailure) -> Bool {
    buffer.lines = 0..<0
    buffer.end = 0
    append(rest, to: buffer)
    rest = []
    while true {
      if let failure, buffer.end == 0 { throw failure }
      let got = unsafe failure == nil ? read(into: buffer.room()) : 0
      guard got > 0 else {
        guard buffer.end > 0, !isFollowing else {
          rest = buffer.bytes(0..<buffer.end)
          if let failure { throw failure }
          return false
        }
        if isSkipping {
          isSkipping = false
          buffer.end = 0
          if let failure { throw failure }
          return false
        }
        // The last line has no end.
        buffer.lines = 0..<buffer.end
        return true
      }
      var start = 0
      if isAtBeginning {
        isAtBeginning = false
        // UTF-8's byte order mark.
        if got >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { start = 3 }
      }
      let last = unsafe spoor_find_last(buffer.base(buffer.end), got, 0x0A)
      let limit = buffer.end + last + 1
      buffer.end += got
      guard last >= 0 else {
        if buffer.end > Self.maximumLine {
          isSkipping = true
          buffer.end = 0
        }
        continue
      }
      rest = buffer.bytes(limit..<buffer.end)
      if isSkipping, let base = unsafe buffer.base(0) {
        start = unsafe memchr(base, 0x0A, limit).map { unsafe UnsafeRawPointer($0) - base + 1 } ?? limit
        isSkipping = false
      }
      buffer.lines = start..<limit
      return true
    }
  }

  private func append(_ bytes: [UInt8], to buffer: LineBuffer) {
    var remaining = bytes[...]
    while !remaining.isEmpty {
      let room = unsafe buffer.room()
      let count = min(room.count, remaining.count)
      unsafe room.copyBytes(from: remaining.prefix(count))
      buffer.end += count
      remaining = remaining.dropFirst(count)
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
}
