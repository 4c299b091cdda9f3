// SPDX-License-Identifier: Apache-2.0

import CZlib
import SpoorBase

/// A gzip compressor (RFC 1952) at zlib's fastest level, whose state is reused. Equal input gives equal output.
@safe
final class GzipCompressor {
  /// On the heap, because zlib's state points back at it. `deflateInit2` has initialised it for the lifetime of this
  /// object.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: 1 (fast) to 9 (small).
  /// - Throws: ``GzipError`` if there is no memory.
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

  /// Replaces `output` with the compressed `input`, which must be less than 4 GiB.
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

/// An error of zlib: no memory, or a body of 4 GiB or more.
struct GzipError: Error {
  /// The error code of zlib.
  let code: Int32
}
