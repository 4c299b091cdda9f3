// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Directories of other processes' journals, which an agent watches: those that are named, and every directory below
/// them that has a journal, such as one for each pod.
package final class WatchedJournals: Sendable {
  /// The named directories.
  package let roots: [String]
  /// How long a process must have been silent before its journal is adopted, so that a service that starts again ships
  /// it itself.
  package let grace: Duration

  private let complained = Locked<Set<String>>([])
  /// Directories that were complained about; beyond so many, the complaints begin anew.
  private static let mostComplaints = 1000
  /// How far below a named directory journals are looked for.
  private static let depth = 6

  /// - Parameter roots: absolute paths. They need not exist yet.
  package init(roots: [String], grace: Duration) {
    self.roots = roots
    self.grace = grace
  }

  /// A directory that cannot be used.
  package struct Complaint: Sendable, Hashable {
    package let path: String
    package let reason: String
  }

  /// Calls `body` with each directory that has journals, until it returns false.
  ///
  /// - Returns: directories that cannot be used, each once.
  package func forEachDirectory(_ body: (JournalDirectory) -> Bool) -> [Complaint] {
    var complaints: [Complaint] = []
    for path in roots.flatMap({ Self.directories(below: $0) }) {
      do throws(JournalFileError) {
        guard body(try JournalDirectory(existing: path, access: .foreign)) else { break }
      } catch {
        // A directory may be removed at any moment.
        if case .system(_, _, ENOENT) = error { continue }
        if complains(about: path) { complaints.append(Complaint(path: path, reason: "\(error)")) }
      }
    }
    return complaints
  }

  /// Whether a directory that cannot be used is reported now: once.
  func complains(about path: String) -> Bool {
    complained.withLock { complained in
      if complained.count >= Self.mostComplaints { complained = [] }
      return complained.insert(path).inserted
    }
  }

  /// The directories that have journals, in a fixed order. Symbolic links are not followed.
  private static func directories(below root: String) -> [String] {
    var result: [String] = []
    var waiting = [(path: root, depth: 0)]
    while let (path, level) = waiting.popLast() {
      let content = content(of: path)
      if content.hasJournals { result.append(path) }
      if level < depth { waiting += content.directories.map { ("\(path)/\($0)", level + 1) } }
    }
    return result.sorted()
  }

  private static func content(of path: String) -> (hasJournals: Bool, directories: [String]) {
    let descriptor = Libc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0)
    var hasJournals = false
    var directories: [String] = []
    JournalDirectory.forEachName(in: descriptor) { name in
      if name.hasSuffix(JournalDirectory.suffix) {
        hasJournals = true
      } else if name != ".", name != ".." {
        var status = stat()
        guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR { directories.append(name) }
      }
    }
    return (hasJournals, directories)
  }
}
