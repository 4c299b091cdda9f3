// SPDX-License-Identifier: Apache-2.0

/// A run of bytes: a part of an open file, or of memory.
struct ByteSource {
  /// The number of bytes.
  let count: Int
  private let offset: Int
  private let storage: Storage

  private enum Storage {
    case file(OpenFile)
    case memory(MemoryBlock)

    var count: Int {
      switch self {
      case .file(let file): file.size
      case .memory(let block): block.count
      }
    }
  }

  private init(_ storage: Storage, offset: Int, count: Int) {
    self.storage = storage
    self.offset = offset
    self.count = count
  }

  /// A whole file.
  init(_ file: OpenFile) { self.init(.file(file), offset: 0, count: file.size) }

  /// A block of memory.
  init(_ block: MemoryBlock) { self.init(.memory(block), offset: 0, count: block.count) }

  /// A part of the source, clipped to its end.
  func part(offset: UInt64, count: UInt64) -> ByteSource {
    let start = Int(min(offset, UInt64(self.count)))
    return ByteSource(storage, offset: self.offset + start, count: Int(min(count, UInt64(self.count - start))))
  }

  /// Reads bytes from `position` on and returns their number.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
    guard position >= 0, position < count else { return 0 }
    let wanted = min(buffer.count, count - position)
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
    switch storage {
    case .file(let file): return unsafe file.read(into: part, at: offset + position)
    case .memory(let block):
      // Inside the block: offset + count is at most its size.
      unsafe part.copyMemory(from: UnsafeRawBufferPointer(rebasing: block.bytes[(offset + position)...].prefix(wanted)))
      return wanted
    }
  }

  /// The bytes of a part; nil if it is not complete.
  func bytes(at position: Int, count wanted: Int) -> [UInt8]? {
    guard position >= 0, wanted >= 0, position <= count, wanted <= count - position else { return nil }
    var result = [UInt8](repeating: 0, count: wanted)
    let got = unsafe result.withUnsafeMutableBytes { unsafe read(into: $0, at: position) }
    return got == wanted ? result : nil
  }

  /// The text at a position up to its NUL, at most 4 KiB of it; nil without a NUL.
  func text(at position: UInt64) -> String? {
    guard position < UInt64(count) else { return nil }
    var length = 128
    while true {
      let here = Int(position)
      let wanted = min(length, count - here)
      guard let bytes = bytes(at: here, count: wanted) else { return nil }
      if let end = bytes.firstIndex(of: 0) { return String(decoding: bytes[..<end], as: UTF8.self) }
      guard length < 4096, bytes.count == length else { return nil }
      length = 4096
    }
  }
}

/// Memory that a decompressor has filled. It is not changed afterwards.
@safe
final class MemoryBlock {
  let count: Int
  /// At least `count` bytes, owned by the block and freed with it.
  fileprivate let bytes: UnsafeMutableRawBufferPointer

  /// Allocates memory that `fill` writes; nil if that returns false.
  init?(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Bool) {
    self.count = count
    unsafe bytes = .allocate(byteCount: max(count, 1), alignment: 16)
    // In this case, too, `deinit` frees the memory, because every property is set.
    guard unsafe fill(UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])) else { return nil }
  }

  deinit { unsafe bytes.deallocate() }
}
