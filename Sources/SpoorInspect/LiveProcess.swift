// SPDX-License-Identifier: Apache-2.0

internal import SpoorJournal

/// A living process with its open spans, as its journal shows it.
public struct LiveProcess: Sendable {
  /// The name of its service.
  public let service: String
  /// The instance id of the service.
  public let instance: String
  /// The id of the process, as the process knows it.
  public let processID: UInt64
  /// The last sign of life in its journal, in nanoseconds since 1970.
  public let lastSeen: UInt64
  /// Its open spans, the oldest first.
  public let spans: [LiveSpan]

  /// The living processes with a journal in a directory or in the directories below it, also those without open spans.
  ///
  /// Each journal is read once, and as for ``LiveSpan/all(in:)`` no process is disturbed.
  ///
  /// - Parameter problem: is called with a sentence about each journal of a living process that cannot be read.
  /// - Throws: ``JournalUnreadable`` if the directory cannot be read, or everybody can write to it.
  public static func all(
    in path: String, reporting problem: (String) -> Void = { _ in }
  ) throws(JournalUnreadable) -> [LiveProcess] {
    _ = try JournalUnreadable.directory(path, access: .foreign)
    return all(in: [path], reporting: problem)
  }

  /// The same for several directories. Those that cannot be read are left out.
  static func all(in paths: [String], reporting problem: (String) -> Void = { _ in }) -> [LiveProcess] {
    var processes: [LiveProcess] = []
    _ = WatchedJournals(roots: paths, grace: .zero).forEachDirectory { directory in
      for file in directory.allFiles() where file.name.hasSuffix(JournalDirectory.suffix) {
        guard DeadJournal.isInUse(directory, name: file.name) else { continue }
        do throws(DeadJournal.Refusal) {
          processes.append(LiveProcess(try DeadJournal(directory, name: file.name, ownership: .glance)))
        } catch {
          // One that is gone by now was of a process that has just ended.
          if case .gone = error { continue }
          problem("journal \(file.name): \(error.text)")
        }
      }
      return true
    }
    return processes
  }

  private init(_ journal: DeadJournal) {
    service = journal.resource.service
    instance = journal.resource.instance
    processID = journal.processID
    lastSeen = journal.lastSeen
    spans = LiveSpan.oldestFirst(LiveSpan.open(in: journal))
  }
}
