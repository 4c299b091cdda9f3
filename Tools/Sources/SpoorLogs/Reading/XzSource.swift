// SPDX-License-Identifier: Apache-2.0

internal import CToolsLzma

/// The text of an xz file, of all its streams. The text before damage is returned first; the next read throws.
@safe
final class XzSource: ByteSource {
  private let file: FileSource
  private let stream: UnsafeMutablePointer<lzma_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  private var action = LZMA_RUN
  private var hasEnded = false
  private var failure: ReadFailure?
  /// The maximum memory for decompressing a file.
  private static let maximumMemory: UInt64 = 256 << 20

  init(_ file: FileSource) throws(ReadFailure) {
    self.file = file
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: spoor_lzma_stream())
    guard unsafe lzma_stream_decoder(stream, Self.maximumMemory, spoor_lzma_concatenated) == LZMA_OK else {
      throw ReadFailure(file.path, "liblzma cannot be used")
    }
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    if let failure { throw failure }
    unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = room.count
    while !hasEnded, failure == nil, unsafe stream.pointee.avail_out == room.count {
      if unsafe stream.pointee.avail_in == 0, action == LZMA_RUN {
        let got = try unsafe file.read(into: input)
        if got == 0 { action = LZMA_FINISH }
        unsafe stream.pointee.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = got
      }
      switch unsafe lzma_code(stream, action) {
      case LZMA_OK: break
      case LZMA_STREAM_END: hasEnded = true
      case LZMA_BUF_ERROR: failure = ReadFailure(file.path, "xz: cut short; the lines before the cut were read")
      case LZMA_MEMLIMIT_ERROR: failure = ReadFailure(file.path, "xz: needs more than 256 MiB of memory")
      default: failure = ReadFailure(file.path, "xz: damaged; the lines before the damage were read")
      }
    }
    let count = unsafe room.count - stream.pointee.avail_out
    if count == 0, let failure { throw failure }
    return count
  }
}
