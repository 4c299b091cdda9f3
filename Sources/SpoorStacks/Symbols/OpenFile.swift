// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A file opened for reading.
///
/// The symbol reader reads with `pread`, not through a mapping: if a file is truncated while it is read, a read returns
/// fewer bytes, whereas a mapping would raise SIGBUS. Only the windows in use take memory, which counts against `ulimit
/// -d` and the cgroup. A read of 64 KiB from the page cache takes some 10 µs.
final class OpenFile {
  private let descriptor: CInt
  /// The file's size in bytes when it was opened.
  let size: Int

  /// Opens a regular file; nil for anything else, and for a file that cannot be read.
  init?(path: String) {
    // O_NONBLOCK, because a path left by a dead process may lead to a pipe by now.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG, information.st_size >= 0
    else {
      close(descriptor)
      return nil
    }
    size = Int(information.st_size)
  }

  deinit { close(descriptor) }

  /// Reads into a buffer and returns the number of bytes read: fewer than asked for at the end of the file, and 0 after
  /// an error.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      // Inside the buffer: `done` is below its count.
      let got = unsafe pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 || errno != EINTR {
        break
      }
    }
    return done
  }
}
