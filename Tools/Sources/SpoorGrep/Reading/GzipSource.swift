internal import CToolsZlib

/// The text of a gzip file, of all its members.
@safe
final class GzipSource: ByteSource {
  private let file: FileSource
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  /// Whether a member has begun and not ended.
  private var isInside = false

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
    unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room.count)
    while unsafe stream.pointee.avail_out == room.count {
      if unsafe stream.pointee.avail_in == 0 {
        let got = try unsafe file.read(into: input)
        if got == 0 {
          guard !isInside else { throw ReadFailure(file.path, "gzip: cut short") }
          return 0
        }
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(got)
      }
      isInside = true
      switch unsafe inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isInside = false
        unsafe inflateReset(stream)
      default: throw ReadFailure(file.path, "gzip: damaged")
      }
    }
    return unsafe room.count - Int(stream.pointee.avail_out)
  }
}
