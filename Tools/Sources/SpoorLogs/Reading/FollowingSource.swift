// SPDX-License-Identifier: Apache-2.0

/// A file followed like `tail -F`: appended bytes, across rotation and truncation.
///
/// A file that was moved is read to its end before the new one of that name. An incomplete line at its end ends there.
final class FollowingSource: ByteSource {
  private let path: String
  private var file: FileSource
  private var offset = 0

  init(path: String) throws(ReadFailure) {
    self.path = path
    file = try FileSource(path: path)
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    let got = try unsafe file.read(into: room)
    if got > 0 {
      offset += got
      return got
    }
    guard let now = FileSource.state(of: path), let own = file.state else { return 0 }
    if now.inode != own.inode {
      // Reads the bytes that were written between the last read and the move.
      let rest = try unsafe file.read(into: room)
      if rest > 0 { return rest }
      file = try FileSource(path: path)
    } else if own.size < offset {
      file.rewind()
    } else {
      return 0
    }
    offset = 0
    unsafe room[0] = UInt8(ascii: "\n")
    return 1
  }
}
