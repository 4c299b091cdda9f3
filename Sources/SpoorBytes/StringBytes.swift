/// Hands out the UTF-8 of a text, where it is, without a count of references.
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

/// Hands out the UTF-8 of a text, where it is.
@inlinable
@inline(__always)
public func withBytes<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  let result = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe body(UnsafeRawBufferPointer($0)) }
  if let result { return result }
  var native = text  // Bridged from Objective-C: not on Linux.
  return native.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
}
