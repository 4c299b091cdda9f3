// SPDX-License-Identifier: Apache-2.0

/// A growing buffer that encoders write into. Once emptied it is reused without an allocation.
///
/// It is public, like ``Text``, although no product contains this module: `package` functions are never inlined into
/// another module, and calls for single bytes made encoding a span a third slower.
///
/// It is not an array, because an encoder appends some forty pieces per span, and each append to `[UInt8]` checks for
/// uniqueness, which this type guarantees at compile time.
@safe
public struct GrowingBytes: ~Copyable {
  /// The start of `capacity` bytes that only this value owns; `count` of them are initialised.
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  /// The number of bytes written.
  @inlinable public var count: Int { filled }
  @usableFromInline var filled = 0

  /// - Parameter capacity: Bytes to begin with.
  public init(capacity: Int = 256) {
    unsafe base = .allocate(byteCount: Swift.max(capacity, 16), alignment: 16)
    self.capacity = Swift.max(capacity, 16)
  }

  deinit { unsafe base.deallocate() }

  /// Whether nothing is written.
  public var isEmpty: Bool { count == 0 }

  /// Removes the content and keeps the memory.
  public mutating func removeAll() { filled = 0 }

  /// Removes everything after the first `count` bytes.
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.filled = count
  }

  /// Calls `body` with the bytes, which are valid during the call.
  @inlinable
  public borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// A copy of the bytes. It allocates, so it is not for the hot path.
  public borrowing func array(_ range: Range<Int>? = nil) -> [UInt8] {
    let range = range ?? 0..<count
    return unsafe withBytes { unsafe Array($0[range]) }
  }
}

// Safe: it owns its memory alone (it cannot be copied, and no pointer to it is kept), so that moving it to another
// thread moves everything.
extension GrowingBytes: @unchecked Sendable {}

extension GrowingBytes {
  /// Makes room for `additional` more bytes.
  @inlinable
  @inline(__always)
  public mutating func reserve(_ additional: Int) {
    if capacity - count < additional { grow(additional) }
  }

  @inline(never)
  @usableFromInline
  mutating func grow(_ additional: Int) {
    let larger = Swift.max(capacity * 2, count + additional)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    unsafe memory.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = memory
    capacity = larger
  }

  /// Calls `body` with room for `room` bytes after the content; `body` returns the number of bytes that it wrote.
  @inlinable
  @inline(__always)
  public mutating func appendUpTo(_ room: Int, _ body: (UnsafeMutableRawPointer) -> Int) {
    reserve(room)
    let written = unsafe body(base + count)
    assert(written <= room)
    filled += written
  }

  /// Appends a byte.
  @inlinable
  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    filled += 1
  }

  /// Appends a copy of these bytes.
  @inlinable
  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    unsafe (base + count).copyMemory(from: start, byteCount: bytes.count)
    filled += bytes.count
  }

  /// Appends a copy of these bytes.
  public mutating func append(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe append($0) } }

  /// Appends a constant of the program.
  @inlinable
  @inline(__always)
  public mutating func append(_ literal: StaticString) {
    unsafe append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends a part of other memory.
  public mutating func append(_ range: Range<Int>, of other: borrowing GrowingBytes) {
    unsafe other.withBytes { unsafe append(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Appends UTF-8.
  public mutating func append(_ string: String) {
    unsafe SpoorBase.withBytes(of: string) { unsafe append($0) }
  }

  /// Appends the integer's bytes in this machine's byte order.
  @inlinable
  @inline(__always)
  public mutating func appendInteger<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
    reserve(MemoryLayout<Integer>.size)
    unsafe base.storeBytes(of: value, toByteOffset: count, as: Integer.self)
    filled += MemoryLayout<Integer>.size
  }

  /// Replaces a byte that was written before.
  @inlinable
  public mutating func set(_ byte: UInt8, at offset: Int) {
    precondition(offset >= 0 && offset < count)
    unsafe base.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }

  /// Moves everything from `offset` on by `distance` bytes. Forwards, the gap is not initialised; backwards, the bytes
  /// before `offset` are overwritten.
  public mutating func moveTail(from offset: Int, by distance: Int) {
    precondition(offset >= 0 && offset <= count && offset + distance >= 0)
    if distance > 0 { reserve(distance) }
    unsafe (base + offset + distance).copyMemory(from: base + offset, byteCount: count - offset)
    filled += distance
  }
}
