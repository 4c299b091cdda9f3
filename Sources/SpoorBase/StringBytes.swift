// SPDX-License-Identifier: Apache-2.0

/// Calls `body` with the UTF-8 of a text in place, without reference counting.
@inlinable
@inline(__always)
public func withBytes<Result>(
  of text: UnsafePointer<String>, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
  unsafe withBits(of: text) { bits in
    let text = unsafe bits.move()
    defer { unsafe bits.initialize(to: text) }
    return unsafe withBytes(of: text, body)
  }
}

/// Calls `body` with the UTF-8 of a text in place.
@inlinable
@inline(__always)
public func withBytes<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  let result = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe body(UnsafeRawBufferPointer($0)) }
  if let result { return result }
  var native = text  // Bridged from Objective-C, which does not happen on Linux.
  return native.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
}
