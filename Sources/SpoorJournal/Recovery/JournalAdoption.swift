// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Finds the journals of dead processes in a service's directory, and keeps the directory within its size limit. An
/// agent also finds those in the directories of others.
package struct JournalAdoption: Sendable {
  private let directory: JournalDirectory
  /// The maximum size of the files of dead processes, in bytes.
  private let maximumBytes: Int
  private let watched: WatchedJournals?

  /// - Parameter watched: further directories, which have no size limit here.
  package init(_ directory: JournalDirectory, maximumBytes: Int, watched: WatchedJournals? = nil) {
    self.directory = directory
    self.maximumBytes = maximumBytes
    self.watched = watched
  }

  /// The result of a search.
  package struct Found: Sendable {
    /// Adopted journals, to be shipped by this process, the oldest first.
    package var journals: [DeadJournal] = []
    /// Files that were set aside as `NAME.rejected`, with the reason.
    package var rejected: [(name: String, reason: String)] = []
    /// Files that were removed because the directory was over its limit.
    package var removed: [Removed] = []
    /// Whether there are more files than are adopted at a time.
    package var hasMore = false

    package init() {}
  }

  /// A file that was removed because the directory was over its limit.
  package struct Removed: Sendable {
    package let name: String
    package let bytes: Int
    /// The number of spans that are lost with it.
    package let spans: Int
    /// Its unwritten log lines, which are kept in memory now.
    package let lines: [[UInt8]]
  }

  /// The maximum number of adopted files; each holds a descriptor.
  package static let mostAdopted = 16
  /// The maximum memory of all adopted files together, in bytes. A single file may take more, up to 64 MB.
  package static let mostMemory = 24 << 20

  /// Adopts files whose owners are dead, the oldest first, up to the limits. Files of living processes are skipped, and
  /// so are files that cannot be read now.
  ///
  /// - Parameters:
  ///   - held: paths of files that are adopted already.
  ///   - memory: the memory of those files in bytes.
  package func adopt(excluding held: Set<String> = [], taking memory: Int = 0) -> Found {
    var found = Found()
    keepWithinLimit(&found, excluding: held, until: nil)
    var memory = memory
    adopt(in: directory, excluding: held, &memory, &found)
    directory.removeUnfinished()
    guard let watched else { return found }
    let complaints = watched.forEachDirectory { directory in
      adopt(in: directory, excluding: held, &memory, &found, grace: watched.grace)
      return !found.hasMore
    }
    found.rejected += complaints.map { ($0.path, $0.reason) }
    return found
  }

  private func adopt(
    in directory: JournalDirectory, excluding held: Set<String>, _ memory: inout Int, _ found: inout Found,
    grace: Duration? = nil
  ) {
    for file in directory.files(JournalDirectory.suffix)
    where !held.contains(DeadJournal.path(of: file.name, in: directory)) {
      // A living process is never silent for long, so most files are not even locked.
      if let grace, (DeadJournal.silence(directory, name: file.name) ?? 0) < grace.nanoseconds { continue }
      guard held.count + found.journals.count < Self.mostAdopted, memory < Self.mostMemory else {
        found.hasMore = true
        return
      }
      guard let dead = open(file.name, in: directory, &found) else { continue }
      memory += dead.memoryBytes
      found.journals.append(dead)
    }
  }

  /// Removes the oldest files of a directory that is over its limit, for at most the given time.
  /// ``adopt(excluding:taking:)`` removes the rest.
  package func trim(for time: Duration) -> Found {
    var found = Found()
    keepWithinLimit(&found, excluding: [], until: .now + time)
    return found
  }

  /// Opens a dead process's file; nil if it is in use, missing, or cannot be read now. A damaged one is set aside.
  private func open(_ name: String, in directory: JournalDirectory, _ found: inout Found) -> DeadJournal? {
    do throws(DeadJournal.Refusal) {
      return try DeadJournal(directory, name: name)
    } catch {
      if case .later(let code) = error, [EACCES, EPERM, EROFS].contains(code),
        watched?.complains(about: directory.path) ?? false
      {
        found.rejected.append((DeadJournal.path(of: name, in: directory), Libc.message(code)))
      }
      guard case .damaged(let damage) = error else { return nil }
      directory.rename(name, to: name.dropLast(JournalDirectory.suffix.count) + JournalDirectory.rejectedSuffix)
      found.rejected.append((name, damage.description))
      return nil
    }
  }

  /// Searches the lines that dead processes had not written for one with a given beginning. Nothing is adopted.
  ///
  /// It is called at the start of the service, so it looks at the eight newest files at most, for 50 ms at most, and
  /// reads only their rings. All of those lines are replayed later, so any match is correct.
  ///
  /// - Returns: the line, or nil if none was found in time.
  package func line(startingWith beginning: [UInt8]) -> [UInt8]? {
    let deadline = ContinuousClock.now + .milliseconds(50)
    for file in directory.files(JournalDirectory.suffix).suffix(8).reversed() where .now < deadline {
      let lines = DeadJournal.lines(directory, name: file.name)
      if let line = lines.first(where: { $0.starts(with: beginning) }) { return line }
    }
    return nil
  }

  /// Whether the files in the directory exceed its limit, including those of living processes.
  package var isOverLimit: Bool {
    let files = directory.files(JournalDirectory.suffix) + directory.files(JournalDirectory.rejectedSuffix)
    return files.reduce(0) { $0 + $1.bytes } > maximumBytes
  }

  /// Removes rejected files first, then dead processes' journals, the oldest first. Living processes' files do not
  /// count: each has its own limit.
  private func keepWithinLimit(
    _ found: inout Found, excluding held: Set<String>, until deadline: ContinuousClock.Instant?
  ) {
    let rejected = directory.files(JournalDirectory.rejectedSuffix)
    let journals = directory.files(JournalDirectory.suffix)
    var total = (rejected + journals).reduce(0) { $0 + $1.bytes }
    for file in rejected where total > maximumBytes {
      directory.remove(file.name)
      found.removed.append(Removed(name: file.name, bytes: file.bytes, spans: 0, lines: []))
      total -= file.bytes
    }
    guard total > maximumBytes else { return }
    func isHeld(_ name: String) -> Bool { held.contains(DeadJournal.path(of: name, in: directory)) }
    for file in journals where !isHeld(file.name) && DeadJournal.isInUse(directory, name: file.name) {
      total -= file.bytes
    }
    for file in journals where total > maximumBytes && !isHeld(file.name) {
      if let deadline, deadline <= .now { return }
      let before = found.rejected.count
      guard let oldest = open(file.name, in: directory, &found) else {
        if found.rejected.count > before {
          // Rejected in this pass; rejected files are removed first.
          directory.remove(file.name.dropLast(JournalDirectory.suffix.count) + JournalDirectory.rejectedSuffix)
          total -= file.bytes
        }
        continue
      }
      oldest.remove()
      found.removed.append(
        Removed(name: file.name, bytes: file.bytes, spans: oldest.entries.count, lines: oldest.lines))
      total -= file.bytes
    }
  }
}
