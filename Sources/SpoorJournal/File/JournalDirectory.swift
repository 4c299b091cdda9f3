// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The private directory of a service's journal files. It belongs to this user and is not reached through symbolic
/// links.
///
/// The processes of a service share it, with one file each. `NAME.spoor` is a journal, `NAME.rejected` one that could
/// not be trusted. New directories get mode 0700, or 2770 with a group (``Access/shared(group:)``). The mode and owner
/// of existing ones are never changed: a directory that others could write to is refused.
@safe
package final class JournalDirectory: Sendable {
  /// Whose directory it may be, and who else may write to it.
  package enum Access: Sendable, Hashable {
    /// This user's alone.
    case own
    /// This user's, and open to the members of a group.
    case shared(group: UInt32)
    /// Anybody's, for programs that look after the journals of others. Its owner and a group may write to it.
    case foreign
  }

  /// The absolute path.
  package let path: String
  /// The user to whom its journals must belong.
  let owner: uid_t
  /// The group that may read and write its files; nil for none.
  let group: UInt32?
  /// Open as long as this object lives, so that it always refers to the directory that was checked, even if that is
  /// moved.
  let descriptor: Int32

  package static let suffix = ".spoor"
  static let rejectedSuffix = ".rejected"
  /// The suffix of a file that is not complete: its process is still preparing it, or died meanwhile.
  static let unfinishedSuffix = ".new"

  /// Opens the directory, and creates it and its parents if they are missing.
  ///
  /// - Throws: ``JournalFileError`` if it cannot be opened or created, or others could write to it.
  package convenience init(path: String, access: Access = .own) throws(JournalFileError) {
    guard path.hasPrefix("/") else { throw .notPrivate(path, "must be an absolute path") }
    try self.init(path, access, makesMissing: true)
  }

  /// Opens an existing directory without changing anything.
  ///
  /// - Throws: ``JournalFileError`` if it is not a directory, or others could write to it.
  package convenience init(existing path: String, access: Access = .own) throws(JournalFileError) {
    try self.init(path, access, makesMissing: false)
  }

  private init(_ path: String, _ access: Access, makesMissing: Bool) throws(JournalFileError) {
    self.path = path
    let (descriptor, owner) = try Self.walk(path, access, makesMissing: makesMissing)
    self.owner = owner
    group = if case .shared(let group) = access { group } else { nil }
    guard !spoor_is_network_file_system(descriptor) else {
      close(descriptor)
      throw .notPrivate(path, "must be on a local file system, but is on one of the network")
    }
    self.descriptor = descriptor
  }

  /// Opens one component after the other without following symbolic links, so that each directory is entered exactly as
  /// it was checked.
  private static func walk(
    _ path: String, _ access: Access, makesMissing: Bool
  ) throws(JournalFileError) -> (descriptor: Int32, owner: uid_t) {
    var descriptor = unsafe open(path.hasPrefix("/") ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, errno) }
    var partial = path.hasPrefix("/") ? "" : "."
    var owner = geteuid()
    do throws(JournalFileError) {
      var isOpenToOthers = try status(of: descriptor, partial).st_mode & 0o022 != 0
      let components = path.split(separator: "/").filter { $0 != "." }
      for (index, component) in components.enumerated() {
        partial += "/" + component
        let isLast = index == components.count - 1
        let next = try enter(
          String(component), in: descriptor, partial, makesMissing: makesMissing, isLast ? access : .own)
        close(descriptor)
        descriptor = next
        let status = try status(of: descriptor, partial)
        if isLast { owner = status.st_uid }
        // If others can write to the parent, they could have created or could replace this directory. Root can anyway.
        let isTrusted = status.st_uid == geteuid() || !isLast && status.st_uid == 0
        if access != .foreign, isLast || isOpenToOthers, !isTrusted {
          throw .notPrivate(partial, "must belong to user \(geteuid()), but belongs to user \(status.st_uid)")
        }
        isOpenToOthers = status.st_mode & 0o022 != 0
        let mode = String(status.st_mode & 0o7777, radix: 8)
        if isLast { try check(status, partial, mode, access) }
        if component == ownParent, status.st_mode & 0o077 != 0 {
          throw .notPrivate(partial, "must have mode 0700, but has mode 0\(mode)")
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
    return (descriptor, owner)
  }

  /// Checks who can write to the directory itself.
  private static func check(
    _ status: stat, _ path: String, _ mode: String, _ access: Access
  ) throws(JournalFileError) {
    switch access {
    case .own:
      guard status.st_mode & 0o022 != 0 else { return }
      throw .notPrivate(
        path, "must be writable by this user only, but has mode 0\(mode); a new directory inside it will do")
    case .shared(let group):
      guard status.st_gid != group || status.st_mode & 0o072 != 0o070 else { return }
      throw .notPrivate(
        path, "must have group \(group) and mode 02770, but has group \(status.st_gid) and mode 0\(mode)")
    case .foreign:
      guard status.st_mode & 0o002 != 0 else { return }
      throw .notPrivate(path, "must be writable by its owner and a group only, but has mode 0\(mode)")
    }
  }

  /// The directory of a user below the temporary directory.
  private static var ownParent: String { "spoor-\(geteuid())" }

  private static func status(of descriptor: Int32, _ path: String) throws(JournalFileError) -> stat {
    var result = stat()
    guard unsafe fstat(descriptor, &result) == 0 else { throw .system("fstat", path, errno) }
    return result
  }

  private static func enter(
    _ name: String, in parent: Int32, _ path: String, makesMissing: Bool, _ access: Access
  ) throws(JournalFileError) -> Int32 {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var descriptor = unsafe openat(parent, name, flags)
    if descriptor < 0, errno == ENOENT, makesMissing {
      // Another process of this user may create it at the same moment.
      let isMade = unsafe mkdirat(parent, name, 0o700) == 0
      if !isMade, errno != EEXIST { throw .system("mkdir", path, errno) }
      descriptor = unsafe openat(parent, name, flags)
      // With the set-group-ID bit new files in it belong to the group.
      if isMade, descriptor >= 0, case .shared(let group) = access,
        fchown(descriptor, uid_t.max, group) != 0 || fchmod(descriptor, 0o2770) != 0
      {
        let code = errno
        close(descriptor)
        throw .system("chown to group \(group)", path, code)
      }
    }
    guard descriptor < 0 else { return descriptor }
    let code = errno
    var status = stat()
    if code == ELOOP || code == ENOTDIR, unsafe fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
      status.st_mode & S_IFMT == S_IFLNK
    {
      throw .notPrivate(path, "must be a path without links, but is a symbolic link")
    }
    throw .system("open", path, code)
  }

  deinit { close(descriptor) }

  /// The default directory of a service: `$XDG_STATE_HOME/spoor/SERVICE`, otherwise one per user below the temporary
  /// directory. Symbolic links in the base directory are the system's and are resolved.
  package static func defaultPath(service: String, environment: [String: String]) -> String {
    let name = escaped(service)
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(resolved(state))/spoor/\(name)" }
    let temporary = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    return "\(resolved(temporary))/\(ownParent)/\(name)"
  }

  /// The path without symbolic links, if it exists.
  private static func resolved(_ path: String) -> String {
    guard let text = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }

  /// The size in bytes of a journal without a configured size: `wanted`, but at most an eighth of the file system and
  /// half of its free space, and at least 1 MiB. All of it is allocated when the journal is created.
  package func defaultBytes(_ wanted: Int) -> Int {
    var status = statvfs()
    guard unsafe fstatvfs(descriptor, &status) == 0, status.f_frsize > 0 else { return wanted }
    let (size, isHuge) = UInt64(status.f_blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    guard !isHuge, size > 0 else { return wanted }
    let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    return max(min(wanted, Int(clamping: min(size / 8, free / 2))), JournalLayout.minimumBytes)
  }

  /// The name as one component of a path: every byte but letters, digits, `-`, `_` and dots, and a dot at the
  /// beginning, becomes `%XX`. So a service called `../x` cannot leave its directory.
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

  /// A file of the directory.
  struct File: Sendable, Hashable {
    var name: String
    var bytes: Int
    /// The time of the last change, in seconds since 1970.
    var modified: Int
  }

  /// Journals and rejected files, the oldest first.
  package func allFiles() -> [(name: String, bytes: Int)] {
    (files(Self.suffix) + files(Self.rejectedSuffix)).map { ($0.name, $0.bytes) }
  }

  /// The files with this suffix, the oldest first.
  func files(_ suffix: String) -> [File] {
    let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    var result: [File] = []
    Self.forEachName(in: copy) { name in
      var status = stat()
      guard name.hasSuffix(suffix), unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { return }
      result.append(File(name: name, bytes: Int(status.st_blocks) * 512, modified: status.modifiedSeconds))
    }
    return result.sorted { ($0.modified, $0.name) < ($1.modified, $1.name) }
  }

  /// Calls `body` with each name in a directory, `.` and `..` too.
  ///
  /// - Parameter descriptor: an open directory, which is closed at the end; below 0 if it could not be opened.
  static func forEachName(in descriptor: Int32, _ body: (String) -> Void) {
    guard descriptor >= 0 else { return }
    guard let stream = unsafe fdopendir(descriptor) else {
      close(descriptor)
      return
    }
    defer { unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
      body(
        unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
  }

  /// Removes files whose process died while it prepared them. A living process locks its file before it is a minute
  /// old.
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
  /// Others have access to the directory, or it is not suitable for a journal: what it must be, and what it is.
  case notPrivate(_ path: String, _ reason: String)

  /// Whether the disk is full or read-only.
  package var isForWantOfRoom: Bool {
    if case .system(_, _, let code) = self { return [ENOSPC, EROFS, EDQUOT, EFBIG].contains(code) }
    return false
  }

  package var description: String {
    switch self {
    case .system(let call, let path, let code): "\(call) \(path): \(Libc.message(code))"
    case .notPrivate(let path, let reason): "\(path) \(reason)"
    }
  }
}
