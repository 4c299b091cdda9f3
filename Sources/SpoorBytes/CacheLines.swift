/// Memory that many threads write to, on cache lines that nothing else lies on: whoever reads what happens to lie beside it
/// would wait for it to come from another processor, 50 to 100 ns each time.
package enum CacheLines {
  /// Bytes: two lines of 64, for processors fetch neighbours in pairs.
  package static let size = 128

  /// Room for values of a type without a lifetime, all zero. To be freed with `deallocate()`.
  package static func allocate<Value: BitwiseCopyable>(
    _ count: Int, of type: Value.Type
  ) -> UnsafeMutablePointer<Value> {
    let byteCount = (count * MemoryLayout<Value>.stride + size - 1) & ~(size - 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: size)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe memory.assumingMemoryBound(to: Value.self)
  }
}
