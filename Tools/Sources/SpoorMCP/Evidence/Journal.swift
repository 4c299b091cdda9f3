// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorInspect
internal import SpoorLogs
internal import SpoorModel
internal import SpoorSources

/// The journal of a process: spans and log records that are not delivered yet.
struct Journal: Sendable {
  let file: JournalFile
  let document: TraceDocument

  /// The spans that were open when the journal was read, or when its process ended.
  var openSpans: [ZipkinSpan] { document.spans.filter { $0.tag("spoor.interrupted") == "true" } }

  init(_ file: JournalFile) {
    self.file = file
    let spans = file.content.flatMap { try? TraceFile($0.zipkinJSON) }?.spans ?? []
    document = TraceDocument(spans: spans, logs: (file.content?.lines ?? []).flatMap { LogRecord.all(in: $0) })
  }
}

extension EvidenceSources {
  /// The living processes of the journals with their open spans.
  func livingProcesses(_ notes: inout [String]) -> [LiveProcess] {
    var found: [LiveProcess] = []
    for directory in journals {
      do throws(JournalUnreadable) {
        found += try LiveProcess.all(in: directory) { notes.append($0) }
      } catch {
        notes.append("journals: \(error)")
      }
    }
    return found
  }

  /// The journals as they are now.
  func openJournals(_ notes: inout [String]) -> [Journal] {
    var found: [Journal] = []
    for directory in journals {
      do throws(JournalUnreadable) {
        for file in try JournalFile.all(in: directory) {
          if let problem = file.problem { notes.append("journal \(file.name): \(problem)") }
          found.append(Journal(file))
        }
      } catch {
        notes.append("journals: \(error)")
      }
    }
    return found
  }
}
