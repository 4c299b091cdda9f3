// SPDX-License-Identifier: Apache-2.0

/// Constant texts at fixed addresses, so that reading one does not retain an array. At least 15 more bytes can be read
/// after each text.
@safe
final class ConstantBytes: @unchecked Sendable {  // The bytes are immutable.
  private let texts: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  /// The length of the longest text in bytes.
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

  /// Valid as long as the object lives.
  @inline(__always)
  subscript(index: Int) -> UnsafeRawBufferPointer { unsafe texts[index] }
}
