// SPDX-License-Identifier: Apache-2.0

/// Bytes that should be UTF-8 but may not be, because content of a journal is never trusted. When they are written,
/// invalid sequences are replaced.
///
/// It refers to memory that something else holds (a record, a scratch buffer, the program's constants) and is valid as
/// long as that memory. It must not leave the call that made it.
@safe
public struct Text {
  /// The memory that it refers to.
  public let bytes: UnsafeRawBufferPointer

  /// The text in this memory.
  @inlinable
  @inline(__always)
  public init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  /// A constant of the program.
  @inlinable
  @inline(__always)
  public init(_ literal: StaticString) {
    unsafe bytes = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  /// The number of bytes.
  @inlinable
  public var count: Int { unsafe bytes.count }
  /// Whether there are no bytes.
  @inlinable
  public var isEmpty: Bool { unsafe bytes.isEmpty }

  /// The byte at an offset.
  @inlinable
  public subscript(index: Int) -> UInt8 { unsafe bytes[index] }

  /// The text without its first `count` bytes.
  public func dropFirst(_ count: Int) -> Text {
    unsafe Text(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count)))
  }

  /// The text without its last `count` bytes.
  public func dropLast(_ count: Int) -> Text {
    unsafe Text(UnsafeRawBufferPointer(rebasing: bytes.dropLast(count)))
  }

  /// Whether the bytes are the same.
  @inlinable
  @inline(__always)
  public static func == (left: Text, right: Text) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
  }

  /// Whether it begins with these bytes.
  @inlinable
  @inline(__always)
  public func hasPrefix(_ prefix: StaticString) -> Bool {
    let prefix = Text(prefix)
    guard count >= prefix.count else { return false }
    for index in 0..<prefix.count where self[index] != prefix[index] { return false }
    return true
  }

  /// Calls `body` with the string's UTF-8, which is valid during the call.
  @inlinable
  @inline(__always)
  public static func with<Result>(_ string: String, _ body: (Text) -> Result) -> Result {
    unsafe withBytes(of: string) { unsafe body(Text($0)) }
  }
}
