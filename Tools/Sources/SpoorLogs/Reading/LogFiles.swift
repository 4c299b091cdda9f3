// SPDX-License-Identifier: Apache-2.0

/// The files that paths name.
public enum LogFiles {
  /// The paths, each directory replaced by the files in it and below it, in the order of their names. Hidden files,
  /// files that are not regular, and binary files that are not compressed (databases, programs) are left out.
  ///
  /// - Returns: the files, and a failure for each directory that cannot be listed or has no files.
  public static func expanded(_ paths: [String]) -> (files: [String], failures: [ReadFailure]) {
    var files: [String] = []
    var failures: [ReadFailure] = []
    for path in paths {
      guard path != "-", kind(of: path) == S_IFDIR else {
        files.append(path)
        continue
      }
      let count = files.count
      do throws(ReadFailure) {
        try list(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path, into: &files, depth: 0)
        if files.count == count { failures.append(ReadFailure(path, "a directory without files")) }
      } catch {
        failures.append(error)
      }
    }
    return (files, failures)
  }

  private static let maximumDepth = 32

  private static func list(_ directory: String, into files: inout [String], depth: Int) throws(ReadFailure) {
    guard let stream = unsafe opendir(directory) else { throw .system(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    unsafe closedir(stream)
    for name in names.sorted() {
      let path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
      // Kubernetes links log files into a directory. A link to a directory may lead in a circle.
      switch kind(of: path) {
      case S_IFREG?: if !isBinary(path) { files.append(path) }
      case S_IFDIR? where depth < maximumDepth && kind(of: path, followsLinks: false) == S_IFDIR:
        try list(path, into: &files, depth: depth + 1)
      default: break
      }
    }
  }

  /// Whether a file is neither text nor compressed: more than 2 % of its first bytes are control characters. NULs do
  /// not count, because a log that was truncated while it was written begins with them.
  private static func isBinary(_ path: String) -> Bool {
    guard let file = try? FileSource(path: path), let bytes = try? file.peek(4096) else { return false }
    if FileSource.compressions.contains(where: { bytes.starts(with: $0) }) { return false }
    let text = bytes.filter { $0 != 0 }
    let control = text.count { $0 < 0x20 && !(0x07...0x0D).contains($0) && $0 != 0x1B && $0 != 0x1E || $0 == 0x7F }
    return control * 50 > text.count
  }

  /// The type bits of a file's mode; `nil` if there is no such file.
  private static func kind(of path: String, followsLinks: Bool = true) -> mode_t? {
    var status = stat()
    let result = unsafe followsLinks ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode & S_IFMT : nil
  }
}
