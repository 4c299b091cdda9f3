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

  var isOfLivingProcess: Bool { file.state == .live }

  /// The spans that were open when the journal was read, or when its process ended.
  var openSpans: [ZipkinSpan] { document.spans.filter { $0.tag("spoor.interrupted") == "true" } }

  init(_ file: JournalFile) {
    self.file = file
    let spans = file.content.flatMap { try? TraceFile($0.zipkinJSON) }?.spans ?? []
    document = TraceDocument(spans: spans, logs: (file.content?.lines ?? []).flatMap { LogRecord.all(in: $0) })
  }
}

extension EvidenceSources {
  /// The newest log event of each open span of living processes, by the span's id.
  var lastEvents: [String: String] {
    let spans = journals.flatMap { (try? LiveSpan.all(in: $0)) ?? [] }
    return Dictionary(spans.compactMap { span in span.lastEvent.map { (span.spanID, $0) } }) { $1 }
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
