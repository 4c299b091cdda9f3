// SPDX-License-Identifier: Apache-2.0

/// A range of bytes of a file.
final class FilePart: ByteSource {
  private let file: FileSource
  private var remaining: Int

  init(path: String, bytes: Range<Int>) throws(ReadFailure) {
    file = try FileSource(path: path)
    file.seek(to: bytes.lowerBound)
    remaining = bytes.count
  }

  func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
    let count = min(remaining, room.count)
    guard count > 0 else { return 0 }
    let got = try unsafe file.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
    remaining -= got
    return got
  }
}
