/// Looks through a service's directory for what dead processes left, and keeps the directory within its limit.
package struct JournalAdoption: Sendable {
  private let directory: JournalDirectory
  /// Bytes that the files of dead processes may take.
  private let maximumBytes: Int

  package init(_ directory: JournalDirectory, maximumBytes: Int) {
    self.directory = directory
    self.maximumBytes = maximumBytes
  }

  /// What was found.
  package struct Found: Sendable {
    /// Adopted: ours to ship, the oldest first.
    package var journals: [DeadJournal] = []
    /// Set aside as `NAME.rejected`, with the reason.
    package var rejected: [(name: String, reason: String)] = []
    /// Removed because the directory was over its limit: names, bytes, and the log lines, which need no room any more.
    package var removed: [(name: String, bytes: Int, lines: [[UInt8]])] = []
  }

  /// Adopts every file whose owner is dead. Files that living processes own are passed over.
  ///
  /// - Parameter held: names of files that are adopted already; they count towards the limit.
  package func adopt(excluding held: Set<String> = []) -> Found {
    var found = Found()
    for file in directory.files(JournalDirectory.suffix) where !held.contains(file.name) {
      do throws(DeadJournal.Refusal) {
        found.journals.append(try DeadJournal(directory, name: file.name))
      } catch {
        guard case .damaged(let damage) = error else { continue }
        directory.rename(
          file.name, to: file.name.dropLast(JournalDirectory.suffix.count) + JournalDirectory.rejectedSuffix)
        found.rejected.append((file.name, damage.description))
      }
    }
    keepWithinLimit(&found)
    directory.removeUnfinished()
    return found
  }

  /// A line that begins so, among those that dead processes had not written; nil where there is none. Nothing is adopted.
  ///
  /// Of several, the newest process's first: they will all be replayed, so that each of them is right.
  package func line(startingWith beginning: [UInt8]) -> [UInt8]? {
    for file in directory.files(JournalDirectory.suffix).reversed() {
      guard let dead = try? DeadJournal(directory, name: file.name) else { continue }
      if let line = dead.lines.first(where: { $0.starts(with: beginning) }) { return line }
    }
    return nil
  }

  /// Whether the files in the directory take more than its limit, whoever they belong to.
  package var isOverLimit: Bool {
    let files = directory.files(JournalDirectory.suffix) + directory.files(JournalDirectory.rejectedSuffix)
    return files.reduce(0) { $0 + $1.bytes } > maximumBytes
  }

  /// Rejected files go first, then dead journals, the oldest first.
  private func keepWithinLimit(_ found: inout Found) {
    let rejected = directory.files(JournalDirectory.rejectedSuffix)
    let sizes = Dictionary(
      directory.files(JournalDirectory.suffix).map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    var total = rejected.reduce(0) { $0 + $1.bytes }
    total += found.journals.reduce(0) { $0 + (sizes[$1.fileName] ?? 0) }
    for file in rejected where total > maximumBytes {
      directory.remove(file.name)
      found.removed.append((file.name, file.bytes, []))
      total -= file.bytes
    }
    while total > maximumBytes, let oldest = found.journals.first {
      let bytes = sizes[oldest.fileName] ?? 0
      oldest.remove()
      found.removed.append((oldest.fileName, bytes, oldest.lines))
      found.journals.removeFirst()
      total -= bytes
    }
  }
}
