// SPDX-License-Identifier: Apache-2.0

internal import CToolsZlib

/// The text of a gzip file, of all its members. Zeros after the last member are ignored, as by `gzip`.
///
/// The text before damage is returned first; the next read throws.
@safe
final class GzipSource: ByteSource {
  private let file: FileSource
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  /// Whether a member has begun and not ended.
  private var isInside = false
  private var hasEnded = false
  private var failure: ReadFailure?

  init(_ file: FileSource) throws(ReadFailure) {
    self.file = file
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 16: expects gzip's header.
    guard unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ReadFailure(file.path, "zlib cannot be used")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    if let failure { throw failure }
    unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room.count)
    while !hasEnded, failure == nil, unsafe stream.pointee.avail_out == room.count {
      if unsafe stream.pointee.avail_in == 0 {
        let got = try unsafe file.read(into: input)
        if got == 0 {
          hasEnded = true
          if isInside { failure = ReadFailure(file.path, "gzip: cut short; the lines before the cut were read") }
          break
        }
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(got)
      }
      if !isInside, !beginsMember() { continue }
      isInside = true
      switch unsafe inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isInside = false
        unsafe inflateReset(stream)
      default: failure = ReadFailure(file.path, "gzip: damaged; the lines before the damage were read")
      }
    }
    let count = unsafe room.count - Int(stream.pointee.avail_out)
    if count == 0, let failure { throw failure }
    return count
  }

  /// Whether a member begins here. Skips zeros; anything else ends the source.
  private func beginsMember() -> Bool {
    while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in.pointee == 0 {
      unsafe stream.pointee.next_in += 1
      unsafe stream.pointee.avail_in -= 1
    }
    guard unsafe stream.pointee.avail_in > 0 else { return false }
    if unsafe stream.pointee.next_in.pointee == 0x1F { return true }
    hasEnded = true
    failure = ReadFailure(file.path, "gzip: other data follows the compressed text, which was read")
    return false
  }
}
