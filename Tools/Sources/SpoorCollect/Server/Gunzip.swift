import CToolsZlib

/// Unzips a request's body, up to a bound: a bomb of a few kilobytes must not become a gigabyte.
enum Gunzip {
  enum Failure: Error, Equatable { case malformed, tooLarge }

  static func unzip(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    var stream = unsafe z_stream()
    // 16: expects gzip's header.
    guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .malformed
    }
    defer { unsafe inflateEnd(&stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var input = bytes
    let failure: Failure? = unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      while true {
        let code: Int32 = unsafe chunk.withUnsafeMutableBufferPointer { chunk in
          unsafe stream.next_out = chunk.baseAddress
          unsafe stream.avail_out = UInt32(chunk.count)
          return unsafe inflate(&stream, Z_NO_FLUSH)
        }
        guard code == Z_OK || code == Z_STREAM_END else { return .malformed }
        let written = unsafe chunk.count - Int(stream.avail_out)
        guard output.count + written <= limit else { return .tooLarge }
        output.append(contentsOf: chunk[..<written])
        if code == Z_STREAM_END { return nil }
        if written == 0, unsafe stream.avail_in == 0 { return .malformed }  // Cut short.
      }
    }
    if let failure { throw failure }
    return output
  }
}
