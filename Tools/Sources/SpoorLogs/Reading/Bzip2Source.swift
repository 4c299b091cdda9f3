// SPDX-License-Identifier: Apache-2.0

internal import CToolsBzip2

/// The text of a bzip2 file, of all its streams. The text before damage is returned first; the next read throws.
@safe
final class Bzip2Source: ByteSource {
  private let file: FileSource
  private let stream: UnsafeMutablePointer<bz_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  private var isInside = false
  private var hasEnded = false
  private var failure: ReadFailure?

  init(_ file: FileSource) throws(ReadFailure) {
    self.file = file
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: bz_stream())
    guard unsafe BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else {
      throw ReadFailure(file.path, "bzip2 cannot be used")
    }
  }

  deinit {
    unsafe BZ2_bzDecompressEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    if let failure { throw failure }
    unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: CChar.self)
    unsafe stream.pointee.avail_out = UInt32(room.count)
    while !hasEnded, failure == nil, unsafe stream.pointee.avail_out == room.count {
      if unsafe stream.pointee.avail_in == 0 {
        let got = try unsafe file.read(into: input)
        if got == 0 {
          hasEnded = true
          if isInside { failure = ReadFailure(file.path, "bzip2: cut short; the lines before the cut were read") }
          break
        }
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_in = UInt32(got)
      }
      isInside = true
      switch unsafe BZ2_bzDecompress(stream) {
      case BZ_OK: break
      case BZ_STREAM_END:
        isInside = false
        let (next, left) = unsafe (stream.pointee.next_in, stream.pointee.avail_in)
        let (out, room) = unsafe (stream.pointee.next_out, stream.pointee.avail_out)
        unsafe BZ2_bzDecompressEnd(stream)
        unsafe stream.pointee = bz_stream()
        guard unsafe BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else {
          hasEnded = true
          break
        }
        unsafe (stream.pointee.next_in, stream.pointee.avail_in) = (next, left)
        unsafe (stream.pointee.next_out, stream.pointee.avail_out) = (out, room)
      default: failure = ReadFailure(file.path, "bzip2: damaged; the lines before the damage were read")
      }
    }
    let count = unsafe room.count - Int(stream.pointee.avail_out)
    if count == 0, let failure { throw failure }
    return count
  }
}
