/// Texts that stay where they are: read without a count of references, which each array would be. Behind each of them 15 more
/// bytes can be read.
@safe
final class ConstantBytes: @unchecked Sendable {  // They never change.
  private let texts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  /// Bytes of the longest.
  let longest: Int

  init(_ texts: [[UInt8]]) {
    unsafe self.texts = .allocate(capacity: texts.count)
    longest = texts.lazy.map(\.count).max() ?? 0
    for (index, text) in texts.enumerated() {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count + 15, alignment: 8)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe memory.copyBytes(from: text)
      unsafe self.texts.initializeElement(at: index, to: UnsafeRawBufferPointer(rebasing: memory[..<text.count]))
    }
  }

  deinit {
    for index in unsafe texts.indices { unsafe texts[index].deallocate() }
    unsafe texts.deallocate()
  }

  /// Valid as long as the object.
  @inline(__always)
  subscript(index: Int) -> UnsafeRawBufferPointer { unsafe texts[index] }
}
