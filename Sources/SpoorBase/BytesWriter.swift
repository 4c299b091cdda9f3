// SPDX-License-Identifier: Apache-2.0

/// Writes many small pieces after the content of a ``GrowingBytes`` that has reserved room, without checking the room
/// or updating the count for each piece.
///
/// The caller must reserve enough room. A debug build traps before a write that would exceed it.
@safe
public struct BytesWriter: ~Copyable {
  /// The address of the next byte.
  @usableFromInline var place: UnsafeMutableRawPointer

  #if DEBUG
    /// The end of the room.
    @usableFromInline let end: UnsafeMutableRawPointer
  #endif

  /// - Parameter room: the number of bytes that may be written.
  @inlinable
  @inline(__always)
  init(at place: UnsafeMutableRawPointer, room: Int) {
    unsafe self.place = place
    #if DEBUG
      unsafe end = place + room
    #endif
  }

  /// In a debug build, traps unless `count` bytes still fit. Called before each write.
  @inlinable
  @inline(__always)
  func expectRoom(for count: Int) {
    #if DEBUG
      let left = unsafe end - place
      precondition(count <= left, "\(count) bytes do not fit into the \(left) that are left of the reserved room")
    #endif
  }

  /// Writes a constant of the program.
  @inlinable
  @inline(__always)
  public mutating func append(_ literal: StaticString) {
    expectRoom(for: literal.utf8CodeUnitCount)
    unsafe place.copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
    unsafe place += literal.utf8CodeUnitCount
  }

  /// Writes an integer's bytes in this machine's byte order.
  @inlinable
  @inline(__always)
  public mutating func appendInteger<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
    expectRoom(for: MemoryLayout<Integer>.size)
    unsafe place.storeBytes(of: value, as: Integer.self)
    unsafe place += MemoryLayout<Integer>.size
  }

  /// Writes 16 lower-case hexadecimal digits.
  @inlinable
  @inline(__always)
  public mutating func appendHex(_ value: UInt64) {
    appendInteger(GrowingBytes.hexDigits(UInt32(truncatingIfNeeded: value >> 32)))
    appendInteger(GrowingBytes.hexDigits(UInt32(truncatingIfNeeded: value)))
  }

  /// Writes a number below 1 000 as three digits.
  @inlinable
  @inline(__always)
  public mutating func appendThreeDigits(_ value: UInt64) {
    let hundreds = value / 100
    let tens = value / 10 - hundreds * 10
    let ones = value - value / 10 * 10
    appendInteger(UInt8(truncatingIfNeeded: 0x30 + hundreds))
    appendInteger(UInt8(truncatingIfNeeded: 0x30 + tens))
    appendInteger(UInt8(truncatingIfNeeded: 0x30 + ones))
  }

  /// Writes a copy of bytes in blocks of 16, without a call. After them 15 more bytes must be readable, and have room
  /// here.
  @inlinable
  @inline(__always)
  public mutating func appendBlocks(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    expectRoom(for: (bytes.count + 15) & ~15)
    var offset = 0
    while offset < bytes.count {
      let first = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let second = unsafe start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
      unsafe place.storeBytes(of: first, toByteOffset: offset, as: UInt64.self)
      unsafe place.storeBytes(of: second, toByteOffset: offset + 8, as: UInt64.self)
      offset += 16
    }
    unsafe place += bytes.count
  }
}

extension GrowingBytes {
  /// Reserves `room` bytes, which `body` may write.
  @inlinable
  @inline(__always)
  public mutating func write(upTo room: Int, _ body: (inout BytesWriter) -> Void) {
    reserve(room)
    let start = unsafe base + filled
    var writer = unsafe BytesWriter(at: start, room: room)
    body(&writer)
    filled += unsafe writer.place - start
  }

  /// Reserves `room` bytes, which `body` may write. If `body` returns false, its bytes are discarded, and this returns
  /// false.
  @inlinable
  @inline(__always)
  public mutating func tryWrite(upTo room: Int, _ body: (inout BytesWriter) -> Bool) -> Bool {
    reserve(room)
    let start = unsafe base + filled
    var writer = unsafe BytesWriter(at: start, room: room)
    guard body(&writer) else { return false }
    filled += unsafe writer.place - start
    return true
  }

  /// Appends a copy of bytes, usually few. After them 15 more bytes must be readable.
  @inlinable
  @inline(__always)
  public mutating func appendBlocks(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= 128 else { return unsafe append(bytes) }
    write(upTo: bytes.count + 15) { unsafe $0.appendBlocks(bytes) }
  }
}
