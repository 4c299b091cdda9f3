// SPDX-License-Identifier: Apache-2.0

/// The text of an open file, decompressed, whose beginning can be looked at before it is read.
public final class LogText: ByteSource {
  /// The path with which it was opened; `-` is standard input.
  public let path: String
  private let source: any ByteSource
  /// Bytes that were looked at and are still to be read.
  private var ahead: [UInt8] = []
  /// The number of those bytes that were read.
  private var consumed = 0

  /// Opens a file. Its compression is detected by its first bytes: gzip, zstd, xz, bzip2.
  public init(path: String) throws(ReadFailure) {
    self.path = path
    source = try FileSource.text(of: path)
  }

  /// Opens a part of a file that is not compressed.
  package init(path: String, bytes: Range<Int>) throws(ReadFailure) {
    self.path = path
    source = try FilePart(path: path, bytes: bytes)
  }

  /// Whether the file is not compressed.
  package var isPlain: Bool { source is FileSource }
  /// Whether reading the next bytes may block.
  var isLive: Bool { (source as? FileSource)?.isLive == true }

  /// The first bytes, as many as there are up to `count`. They are still read afterwards.
  public func beginning(_ count: Int) throws(ReadFailure) -> [UInt8] {
    while ahead.count - consumed < count {
      let part = try more(count - ahead.count + consumed)
      if part.isEmpty { break }
      ahead += part
    }
    return Array(ahead[consumed...])
  }

  /// All bytes. They can be read again after ``putBack(_:)``.
  ///
  /// - Throws: ``ReadFailure`` if the file is damaged or has more than `limit` bytes.
  public func all(limit: Int) throws(ReadFailure) -> [UInt8] {
    var bytes = Array(ahead[consumed...])
    putBack([])
    while true {
      let part = try more(1 << 20)
      if part.isEmpty { return bytes }
      bytes += part
      guard bytes.count <= limit else {
        throw ReadFailure(path, "a document must have at most \(limit >> 20) MiB, but has more")
      }
    }
  }

  /// Makes bytes that were read the next ones to read.
  public func putBack(_ bytes: [UInt8]) {
    ahead = bytes
    consumed = 0
  }

  private func more(_ count: Int) throws(ReadFailure) -> [UInt8] {
    var part = [UInt8](repeating: 0, count: count)
    // A closure of the standard library cannot throw a typed error, so the result is taken out of it.
    var result: Result<Int, ReadFailure> = .success(0)
    unsafe part.withUnsafeMutableBytes { room in
      do throws(ReadFailure) {
        result = .success(try unsafe source.read(into: room))
      } catch {
        result = .failure(error)
      }
    }
    part.removeLast(count - (try result.get()))
    return part
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    guard consumed < ahead.count else { return try unsafe source.read(into: room) }
    let count = min(ahead.count - consumed, room.count)
    unsafe room.copyBytes(from: ahead[consumed..<(consumed + count)])
    consumed += count
    if consumed == ahead.count { putBack([]) }
    return count
  }
}
