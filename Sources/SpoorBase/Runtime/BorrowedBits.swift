// SPDX-License-Identifier: Apache-2.0

/// Assumption: a value that is not of a class can be moved bit by bit. In Swift this holds for all values without weak
/// references and C++ types.
///
/// Calls `body` with a copy of a value's bits that owns nothing: what `body` moves out of it, it must put back.
///
/// To read a part of a value, Swift copies the whole value and counts references; to read an enum with several kinds of
/// payload, it destructures it.
@inlinable
@inline(__always)
public func withBits<Value, Result>(
  of value: UnsafePointer<Value>, _ body: (UnsafeMutablePointer<Value>) -> Result
) -> Result {
  unsafe withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment) {
    let bits = unsafe $0.baseAddress.unsafelyUnwrapped
    unsafe bits.copyMemory(from: value, byteCount: MemoryLayout<Value>.size)
    return unsafe body(bits.assumingMemoryBound(to: Value.self))
  }
}

/// The self-check: whether each value is read correctly from its bits and is unchanged afterwards.
func areBitsReadable<Value>(_ values: [Value], isSame: (Value, Value) -> Bool) -> Bool {
  values.allSatisfy { value in
    let isRead = unsafe withUnsafePointer(to: value) { place in
      unsafe withBits(of: place) { bits in
        let read = unsafe bits.move()
        let isEqual = isSame(read, value)
        unsafe bits.initialize(to: read)
        return isEqual
      }
    }
    return isRead && isSame(value, value)
  }
}
