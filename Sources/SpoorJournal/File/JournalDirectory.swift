internal import CSpoor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The private directory of a service's journal files: 0700, owned by us, reached through no symbolic link.
///
/// Two processes of a service share it, a file each. `NAME.spoor` is a journal, `NAME.rejected` one that could not be
/// trusted.
@safe
package final class JournalDirectory: Sendable {
  /// Where it is.
  package let path: String
  /// Open for as long as this object lives: a directory that is moved away meanwhile is still the one that was checked.
  let descriptor: Int32

  package static let suffix = ".spoor"
  static let rejectedSuffix = ".rejected"
  /// A file that does not have its name yet: its process is still preparing it, or died over that.
  static let unfinishedSuffix = ".new"

  /// Opens the directory, and makes it and its parents where they are missing.
  ///
  /// - Throws: ``JournalFileError`` where it cannot be had, or is not ours alone.
  package convenience init(path: String) throws(JournalFileError) {
    try Self.makeParents(path)
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw .system("mkdir", path, errno) }
    try self.init(existing: path)
  }

  /// Opens a directory that is there.
  ///
  /// - Throws: ``JournalFileError`` where it is none, or is not ours alone.
  package init(existing path: String) throws(JournalFileError) {
    self.path = path
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system("fstat", path, code)
    }
    guard status.st_uid == geteuid() else {
      close(descriptor)
      throw .notPrivate(path, "it belongs to user \(status.st_uid), expected \(geteuid())")
    }
    if status.st_mode & 0o077 != 0, fchmod(descriptor, 0o700) != 0 {
      close(descriptor)
      throw .notPrivate(path, "others may enter it, expected mode 0700")
    }
    if spoor_is_network_file_system(descriptor) {
      close(descriptor)
      throw .notPrivate(path, "it is on a network file system, expected a local one")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// A service's directory below the default place: `$XDG_STATE_HOME/spoor/SERVICE`, else one per user below the
  /// temporary directory.
  package static func defaultPath(service: String, environment: [String: String]) -> String {
    let name = escaped(service)
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/spoor/\(name)" }
    let temporary = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    return "\(temporary)/spoor-\(geteuid())/\(name)"
  }

  /// The name as one component of a path: what is not a letter, digit, `-` or `_`, and a dot at the beginning, becomes
  /// `%XX`. A service called `../x` stays in its place.
  package static func escaped(_ name: String) -> String {
    var result = ""
    for (index, byte) in name.utf8.prefix(80).enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where index > 0: result += "."
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result.isEmpty ? "%" : result
  }

  private static func makeParents(_ path: String) throws(JournalFileError) {
    guard path.hasPrefix("/") else { throw .notPrivate(path, "expected an absolute path") }
    var partial = ""
    for component in path.split(separator: "/").dropLast() {
      partial += "/" + component
      guard unsafe mkdir(partial, 0o700) != 0, errno != EEXIST, errno != EISDIR else { continue }
      // A read-only parent that exists says EROFS or EACCES, not EEXIST.
      let code = errno
      var status = stat()
      if unsafe stat(partial, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
      throw .system("mkdir", partial, code)
    }
  }

  /// A file of the directory.
  struct File: Sendable, Hashable {
    var name: String
    var bytes: Int
    /// Seconds since 1970.
    var modified: Int
  }

  /// Journals and rejected files, the oldest first.
  package func allFiles() -> [(name: String, bytes: Int)] {
    (files(Self.suffix) + files(Self.rejectedSuffix)).map { ($0.name, $0.bytes) }
  }

  /// The files with one of our endings, the oldest first.
  func files(_ suffix: String) -> [File] {
    let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return [] }
    guard let stream = unsafe fdopendir(copy) else {
      close(copy)
      return []
    }
    defer { unsafe closedir(stream) }
    var result: [File] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(suffix) else { continue }
      var status = stat()
      guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { continue }
      result.append(File(name: name, bytes: Int(status.st_blocks) * 512, modified: Int(status.st_mtim.tv_sec)))
    }
    return result.sorted { ($0.modified, $0.name) < ($1.modified, $1.name) }
  }

  /// Removes files whose process died before it had prepared them. They are locked before they are a minute old, if their
  /// process lives.
  func removeUnfinished() {
    for file in files(Self.unfinishedSuffix) where file.modified + 60 < Int(spoor_realtime_ns() / 1_000_000_000) {
      let other = unsafe openat(descriptor, file.name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      guard other >= 0 else { continue }
      if flock(other, LOCK_EX | LOCK_NB) == 0 { remove(file.name) }
      close(other)
    }
  }

  func remove(_ name: String) { unsafe unlinkat(descriptor, name, 0) }

  func rename(_ name: String, to newName: String) {
    unsafe renameat(descriptor, name, descriptor, newName)
  }
}

/// Why a journal cannot be in a file.
package enum JournalFileError: Error, Equatable, CustomStringConvertible {
  /// A system call failed.
  case system(_ call: String, _ path: String, _ code: Int32)
  /// The directory is not ours alone, or is no place for a journal.
  case notPrivate(_ path: String, _ reason: String)

  /// Whether the disk is full or read-only.
  package var isForWantOfRoom: Bool {
    if case .system(_, _, let code) = self { return [ENOSPC, EROFS, EDQUOT].contains(code) }
    return false
  }

  package var description: String {
    switch self {
    case .system(let call, let path, let code): "\(call) \(path): \(unsafe String(cString: strerror(code)))"
    case .notPrivate(let path, let reason): "\(path): \(reason)"
    }
  }
}
