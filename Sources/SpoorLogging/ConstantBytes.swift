/// Texts that stay where they are: read without a count of references, which each array would be.
@safe
final class ConstantBytes: @unchecked Sendable {  // They never change.
  private let texts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>

  init(_ texts: [[UInt8]]) {
    unsafe self.texts = .allocate(capacity: texts.count)
    for (index, text) in texts.enumerated() {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 8)
      unsafe memory.copyBytes(from: text)
      unsafe self.texts.initializeElement(at: index, to: UnsafeRawBufferPointer(memory))
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
