// SPDX-License-Identifier: Apache-2.0

internal import CToolsZstd

/// The text of a zstd file, of all its frames. The text before damage is returned first; the next read throws.
@safe
final class ZstdSource: ByteSource {
  private let file: FileSource
  private let stream: OpaquePointer
  private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  private var input = unsafe ZSTD_inBuffer(src: nil, size: 0, pos: 0)
  private var failure: ReadFailure?
  /// The number of bytes that the library still needs; 0 between frames.
  private var wanted = 0

  init(_ file: FileSource) throws(ReadFailure) {
    self.file = file
    guard let stream = unsafe ZSTD_createDStream() else { throw ReadFailure(file.path, "zstd cannot be used") }
    unsafe self.stream = stream
  }

  deinit {
    unsafe _ = ZSTD_freeDStream(stream)
    unsafe storage.deallocate()
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    if let failure { throw failure }
    var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
    while unsafe output.pos == 0 {
      if unsafe input.pos == input.size {
        let got = try unsafe file.read(into: storage)
        if got == 0 {
          guard wanted == 0 else { throw ReadFailure(file.path, "zstd: cut short; the lines before the cut were read") }
          return 0
        }
        unsafe input = unsafe ZSTD_inBuffer(src: storage.baseAddress, size: got, pos: 0)
      }
      wanted = unsafe ZSTD_decompressStream(stream, &output, &input)
      guard ZSTD_isError(wanted) == 0 else {
        let damage = ReadFailure(file.path, "zstd: damaged; the lines before the damage were read")
        guard unsafe output.pos > 0 else { throw damage }
        failure = damage
        break
      }
    }
    return unsafe output.pos
  }
}
