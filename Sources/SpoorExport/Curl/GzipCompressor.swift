import CZlib
import SpoorBytes

/// gzip (RFC 1952) at zlib's fastest level, its state used again and again. The same input gives the same output.
@safe
final class GzipCompressor {
  /// On the heap: zlib's state points back at it. Initialised by `deflateInit2` as long as this lives.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: 1 (fast) to 9 (small).
  /// - Throws: ``GzipError`` where there is no memory.
  init(level: Int32 = 1) throws(GzipError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let code = unsafe czlib_deflate_init_gzip(stream, level)
    guard code == Z_OK else {
      unsafe stream.deallocate()
      throw GzipError(code: code)
    }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Replaces `output` by the compressed `input`, which is less than 4 GiB.
  func compress(_ input: borrowing GrowingBytes, into output: inout GrowingBytes) throws(GzipError) {
    output.removeAll()
    guard unsafe deflateReset(stream) == Z_OK, let count = UInt32(exactly: input.count) else {
      throw GzipError(code: Z_STREAM_ERROR)
    }
    var code = Z_OK
    let bound = Int(unsafe deflateBound(stream, UInt(count)))
    unsafe input.withBytes { input in
      unsafe output.appendUpTo(bound) { room in
        // zlib reads through a pointer that is not const, and does not write there.
        let start = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        unsafe stream.pointee.avail_in = count
        unsafe stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: bound)
        code = unsafe deflate(stream, Z_FINISH)
        return unsafe Int(stream.pointee.total_out)
      }
    }
    guard code == Z_STREAM_END else { throw GzipError(code: code) }
  }
}

/// zlib would not compress: no memory, or a body of more than 4 GiB.
struct GzipError: Error {
  /// zlib's.
  let code: Int32
}
