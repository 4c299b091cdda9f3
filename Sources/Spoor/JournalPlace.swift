internal import SpoorJournal

/// Where the journal is: in a file where it can be, in memory where it cannot.
enum JournalPlace {
  /// - Returns: the journal; its directory, nil in memory; and why it is in memory where a file was wanted.
  /// - Throws: ``ConfigurationError`` where the directory was asked for and cannot be one.
  static func open(
    _ resolved: ResolvedConfiguration
  ) throws -> (journal: Journal, directory: JournalDirectory?, fallback: String?) {
    guard let path = resolved.journalDirectory, !resolved.isDisabled else {
      return (try Journal(layout: resolved.journal), nil, nil)
    }
    let directory: JournalDirectory
    do throws(JournalFileError) {
      directory = try JournalDirectory(path: path)
    } catch {
      // A place that was asked for by name and cannot be had is a mistake to be seen at once; a full or read-only disk
      // is no reason not to serve.
      if resolved.isJournalDirectoryGiven, !error.isForWantOfRoom {
        throw ConfigurationError(
          setting: "SPOOR_JOURNAL_DIR", value: path, expected: "a directory that can be made private: \(error)")
      }
      return (try Journal(layout: resolved.journal), nil, "\(error)")
    }
    do throws(JournalFileError) {
      let journal = try Journal(layout: resolved.journal, directory: directory, resource: resolved.resource)
      return (journal, directory, nil)
    } catch {
      // What others left there can be shipped all the same.
      return (try Journal(layout: resolved.journal), directory, "\(error)")
    }
  }
}
