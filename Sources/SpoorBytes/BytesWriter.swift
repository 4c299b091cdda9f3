/// Writes behind the content of a ``GrowingBytes`` that has made room: without a look at the room, and without a count in
/// memory, for each of many small pieces.
@safe
public struct BytesWriter: ~Copyable {
  /// Where the next byte goes.
  @usableFromInline var place: UnsafeMutableRawPointer

  @inlinable
  @inline(__always)
  init(at place: UnsafeMutableRawPointer) { unsafe self.place = place }

  /// Writes a constant of the program.
  @inlinable
  @inline(__always)
  public mutating func append(_ literal: StaticString) {
    unsafe place.copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
    unsafe place += literal.utf8CodeUnitCount
  }

  /// Writes an integer's bytes as they lie in memory on this machine.
  @inlinable
  @inline(__always)
  public mutating func appendInteger<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
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

  /// Writes a copy of bytes behind which 15 more can be read, and have room here: in blocks of 16, without a call.
  @inlinable
  @inline(__always)
  public mutating func appendBlocks(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
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
  /// Makes room for `room` bytes, which `body` may write.
  @inlinable
  @inline(__always)
  public mutating func write(upTo room: Int, _ body: (inout BytesWriter) -> Void) {
    reserve(room)
    let start = unsafe base + filled
    var writer = unsafe BytesWriter(at: start)
    body(&writer)
    filled += unsafe writer.place - start
    assert(filled <= capacity)
  }

  /// The same, unless `body` says that what it wrote is to be forgotten, which then is said here.
  @inlinable
  @inline(__always)
  public mutating func tryWrite(upTo room: Int, _ body: (inout BytesWriter) -> Bool) -> Bool {
    reserve(room)
    let start = unsafe base + filled
    var writer = unsafe BytesWriter(at: start)
    guard body(&writer) else { return false }
    filled += unsafe writer.place - start
    assert(filled <= capacity)
    return true
  }

  /// Appends a copy of bytes behind which 15 more can be read, which mostly are few.
  @inlinable
  @inline(__always)
  public mutating func appendBlocks(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= 128 else { return unsafe append(bytes) }
    write(upTo: bytes.count + 15) { unsafe $0.appendBlocks(bytes) }
  }
}
