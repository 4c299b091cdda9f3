// SPDX-License-Identifier: Apache-2.0

/// Reads integers of a ``ByteSource`` in order, through a window.
///
/// A read beyond the limit returns 0 and sets ``hasFailed``, which every loop checks. All integers are little-endian.
@safe
struct ByteCursor: ~Copyable {
  private let source: ByteSource
  private let window: UnsafeMutableRawPointer
  private let windowSize: Int
  /// The position of the window in the source.
  private var windowStart = 0
  private var windowEnd = 0
  /// The position of the next read.
  private(set) var position = 0
  /// The end of what may be read.
  private(set) var limit: Int
  /// Whether a read went beyond the limit, or the file ended too early.
  private(set) var hasFailed = false

  /// - Parameter windowSize: the number of bytes that are read at once: 64 KiB for sequential reading, less for single
  ///   reads.
  init(_ source: ByteSource, windowSize: Int = 64 << 10) {
    self.source = source
    self.windowSize = max(windowSize, 64)
    unsafe window = .allocate(byteCount: self.windowSize, alignment: 16)
    limit = source.count
  }

  deinit { unsafe window.deallocate() }

  /// Whether there is nothing left to read.
  var isAtEnd: Bool { hasFailed || position >= limit }

  /// Moves to a position and clears a failure. A position beyond the limit is a failure.
  mutating func seek(to position: UInt64) {
    hasFailed = position > UInt64(limit)
    self.position = hasFailed ? limit : Int(position)
  }

  /// Sets the limit, at most the source's end.
  mutating func setLimit(_ limit: UInt64) {
    self.limit = limit < UInt64(source.count) ? Int(limit) : source.count
    windowEnd = min(windowEnd, self.limit)
  }

  /// Marks the content as unusable.
  mutating func fail() { hasFailed = true }

  /// Makes sure that the window holds the given number of bytes at the position.
  @inline(__always)
  private mutating func has(_ count: Int) -> Bool {
    if position >= windowStart, windowEnd - position >= count { return true }
    return refill(count)
  }

  @inline(never)
  private mutating func refill(_ count: Int) -> Bool {
    guard !hasFailed, count <= limit - position else {
      hasFailed = true
      return false
    }
    // At most the window's size, and never beyond the limit.
    let wanted = min(windowSize, limit - position)
    let got = unsafe source.read(into: UnsafeMutableRawBufferPointer(start: window, count: wanted), at: position)
    windowStart = position
    windowEnd = position + got
    if got < count { hasFailed = true }
    return !hasFailed
  }

  /// Reads an integer. `has` has made sure that the window holds it.
  @inline(__always)
  private mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type) -> Integer {
    guard has(MemoryLayout<Integer>.size) else { return 0 }
    let value = unsafe window.loadUnaligned(fromByteOffset: position - windowStart, as: Integer.self)
    position += MemoryLayout<Integer>.size
    return Integer(littleEndian: value)
  }

  @inline(__always)
  mutating func u8() -> UInt8 { integer(UInt8.self) }
  @inline(__always)
  mutating func u16() -> UInt16 { integer(UInt16.self) }
  @inline(__always)
  mutating func u32() -> UInt32 { integer(UInt32.self) }
  @inline(__always)
  mutating func u64() -> UInt64 { integer(UInt64.self) }

  /// Reads an unsigned integer of 1 to 8 bytes.
  mutating func unsigned(bytes: Int) -> UInt64 {
    switch bytes {
    case 1: return UInt64(u8())
    case 2: return UInt64(u16())
    case 4: return UInt64(u32())
    case 8: return u64()
    default:
      var value: UInt64 = 0
      for index in 0..<min(max(bytes, 0), 8) { value |= UInt64(u8()) << (8 * UInt64(index)) }
      return value
    }
  }

  /// Reads an unsigned LEB128 number. Bits beyond the 64th are dropped; more than 16 bytes are a failure.
  @inline(__always)
  mutating func uleb() -> UInt64 {
    let first = u8()
    return first < 0x80 ? UInt64(first) : longULEB(first)
  }

  private mutating func longULEB(_ first: UInt8) -> UInt64 {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while true {
      let byte = u8()
      if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
      shift += 7
      if byte < 0x80 { return value }
      if shift > 112 || hasFailed {
        hasFailed = true
        return value
      }
    }
  }

  /// Reads a signed LEB128 number, with the limits of ``uleb()``.
  mutating func sleb() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = u8()
      if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
      shift += 7
      if byte < 0x80 {
        if byte & 0x40 != 0, shift < 64 { value |= ~0 << shift }
        return Int64(bitPattern: value)
      }
      if shift > 112 || hasFailed {
        hasFailed = true
        return 0
      }
    }
  }

  /// Skips bytes.
  @inline(__always)
  mutating func skip(_ count: Int) {
    if count >= 0, count <= limit - position { position += count } else { hasFailed = true }
  }

  /// Skips a number of bytes that is given by the file.
  @inline(__always)
  mutating func skip(_ count: UInt64) {
    if count <= UInt64(limit - position) { position += Int(count) } else { hasFailed = true }
  }

  /// Skips a text with its NUL.
  mutating func skipText() {
    while !hasFailed {
      if u8() == 0 { return }
    }
  }

  /// Reads bytes into memory; fewer are a failure.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) {
    guard !hasFailed, buffer.count <= limit - position, unsafe source.read(into: buffer, at: position) == buffer.count
    else {
      hasFailed = true
      return
    }
    position += buffer.count
  }
}
