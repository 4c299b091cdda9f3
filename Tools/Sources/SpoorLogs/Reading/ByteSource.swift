// SPDX-License-Identifier: Apache-2.0

/// A source of the bytes of a log.
protocol ByteSource: AnyObject {
  /// Reads into the given room and returns the number of bytes; 0 if there are no more, now or at all.
  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int
}

/// A file's descriptor, closed with the object. Standard input is `-`.
final class FileSource: ByteSource {
  let path: String
  private var descriptor: Int32
  /// Bytes that were read ahead to detect the type of the file.
  private var ahead: [UInt8] = []

  init(path: String) throws(ReadFailure) {
    self.path = path
    descriptor = unsafe path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw ReadFailure(path, "Is a directory")
    }
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { close(descriptor) }

  /// The first bytes, which will be read again.
  func peek(_ count: Int) throws(ReadFailure) -> [UInt8] {
    while ahead.count < count {
      var bytes = [UInt8](repeating: 0, count: count - ahead.count)
      let got = try unsafe readDescriptor(&bytes, bytes.count)
      if got == 0 { break }
      ahead += bytes[..<got]
    }
    return ahead
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    guard ahead.isEmpty else {
      let count = min(ahead.count, room.count)
      unsafe room.copyBytes(from: ahead[..<count])
      ahead.removeFirst(count)
      return count
    }
    guard let base = room.baseAddress else { return 0 }
    return try unsafe readDescriptor(base, room.count)
  }

  private func readDescriptor(_ base: UnsafeMutableRawPointer, _ count: Int) throws(ReadFailure) -> Int {
    while true {
      let got = unsafe Glibc.read(descriptor, base, count)
      if got >= 0 { return got }
      guard errno == EINTR else { throw .system(path) }
    }
  }

  /// The source of a file's text, decompressed by its first bytes and not by its name.
  static func text(of path: String) throws(ReadFailure) -> any ByteSource {
    let file = try FileSource(path: path)
    let magic = try file.peek(4)
    switch compressions.firstIndex(where: { magic.starts(with: $0) }) {
    case 0?: return try GzipSource(file)
    case 1?: return try ZstdSource(file)
    case 2?: return try XzSource(file)
    case 3?: return try Bzip2Source(file)
    default: return file
    }
  }

  /// The first bytes of files of gzip, zstd, xz and bzip2.
  static let compressions: [[UInt8]] = [
    [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58], Array("BZh".utf8),
  ]

  /// Whether reading the next bytes may block.
  var isLive: Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// The state that `-f` compares to detect that a file was moved or truncated.
  struct State: Equatable {
    var inode: UInt64
    var size: Int
  }

  var state: State? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return State(inode: UInt64(status.st_ino), size: Int(status.st_size))
  }

  static func state(of path: String) -> State? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return State(inode: UInt64(status.st_ino), size: Int(status.st_size))
  }

  func rewind() { seek(to: 0) }

  func seek(to offset: Int) { lseek(descriptor, off_t(offset), SEEK_SET) }
}
