// SPDX-License-Identifier: Apache-2.0

import CToolsZlib

/// Decompresses gzip up to a limit, so that a few kilobytes cannot expand to a gigabyte.
enum Gunzip {
  enum Failure: Error, Equatable { case malformed, tooLarge, busy }

  /// The decompressed size of the input in bytes. The content is not kept.
  static func size(of bytes: [UInt8], limit: Int) throws(Failure) -> Int {
    var size = 0
    try inflate(bytes) { chunk in
      size += chunk.count
      return size <= limit
    }
    return size
  }

  /// The decompressed bytes, `size` of them.
  static func unzip(_ bytes: [UInt8], size: Int) throws(Failure) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(size)
    try inflate(bytes) { chunk in
      output.append(contentsOf: chunk)
      return output.count <= size
    }
    return output
  }

  /// Calls `take` with the decompressed bytes in parts, until it returns `false`, which throws ``Failure/tooLarge``.
  private static func inflate(_ bytes: [UInt8], _ take: (ArraySlice<UInt8>) -> Bool) throws(Failure) {
    guard bytes.count <= UInt32.max else { throw .tooLarge }
    var stream = unsafe z_stream()
    // 16: expects gzip's header.
    guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .malformed
    }
    defer { unsafe inflateEnd(&stream) }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var input = bytes
    let failure: Failure? = unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      while true {
        let code: Int32 = unsafe chunk.withUnsafeMutableBufferPointer { chunk in
          unsafe stream.next_out = chunk.baseAddress
          unsafe stream.avail_out = UInt32(chunk.count)
          return unsafe CToolsZlib.inflate(&stream, Z_NO_FLUSH)
        }
        guard code == Z_OK || code == Z_STREAM_END else { return .malformed }
        let written = unsafe chunk.count - Int(stream.avail_out)
        guard take(chunk[..<written]) else { return .tooLarge }
        if code == Z_STREAM_END {
          if unsafe stream.avail_in == 0 { return nil }
          // A gzip file may consist of several members.
          guard unsafe inflateReset(&stream) == Z_OK else { return .malformed }
        } else if written == 0, unsafe stream.avail_in == 0 {
          return .malformed  // Truncated.
        }
      }
    }
    if let failure { throw failure }
  }
}
