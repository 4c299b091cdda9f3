// SPDX-License-Identifier: Apache-2.0

/// Memory that many threads write, on cache lines of its own. Otherwise a thread that reads unrelated neighbouring data
/// would wait 50 to 100 ns for the line to come from another processor.
package enum CacheLines {
  /// In bytes: two lines of 64, because processors fetch lines in pairs.
  package static let size = 128

  /// Allocates zeroed memory for values of a trivial type. The caller frees it with `deallocate()`.
  package static func allocate<Value: BitwiseCopyable>(
    _ count: Int, of type: Value.Type
  ) -> UnsafeMutablePointer<Value> {
    let byteCount = (count * MemoryLayout<Value>.stride + size - 1) & ~(size - 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: size)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe memory.assumingMemoryBound(to: Value.self)
  }
}
