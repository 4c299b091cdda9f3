// SPDX-License-Identifier: Apache-2.0

internal import SpoorJournal

/// Opens the journal: in a file if possible, otherwise in memory.
enum JournalPlace {
  /// - Returns: the journal; its directory, nil in memory; and why it is in memory if that was not configured.
  /// - Throws: ``ConfigurationError`` if a directory was named that cannot be used, ``JournalError`` without memory.
  static func open(
    _ resolved: ResolvedConfiguration
  ) throws -> (journal: Journal, directory: JournalDirectory?, fallback: String?) {
    guard let path = resolved.journalDirectory else {
      return (try Journal(layout: resolved.journal, maximumSpanBytes: resolved.limits.spanBytes), nil, nil)
    }
    let directory: JournalDirectory
    do throws(JournalFileError) {
      directory = try JournalDirectory(path: path, access: resolved.journalGroup.map { .shared(group: $0) } ?? .own)
    } catch {
      // If a directory was configured and cannot be used, that is a mistake to report at once. A full or read-only disk
      // must not stop the service.
      if let setting = resolved.journalDirectorySetting, !error.isForWantOfRoom {
        throw ConfigurationError(
          setting: setting, value: path, expected: "a directory that can be made private: \(error)")
      }
      return (try Journal(layout: resolved.journal, maximumSpanBytes: resolved.limits.spanBytes), nil, "\(error)")
    }
    do throws(JournalFileError) {
      // A journal whose size was not configured must not fill a small file system.
      let journal = try Journal(
        layout: layout(resolved, directory), directory: directory, resource: resolved.resource,
        maximumSpanBytes: resolved.limits.spanBytes)
      return (journal, directory, nil)
    } catch {
      // Journals that dead processes left in the directory can still be shipped.
      return (try Journal(layout: resolved.journal, maximumSpanBytes: resolved.limits.spanBytes), directory, "\(error)")
    }
  }

  private static func layout(_ resolved: ResolvedConfiguration, _ directory: JournalDirectory) -> JournalLayout {
    guard !resolved.isJournalSizeGiven else { return resolved.journal }
    let bytes = directory.defaultBytes(resolved.journal.totalBytes)
    return (try? JournalLayout(totalBytes: bytes)) ?? resolved.journal
  }
}
