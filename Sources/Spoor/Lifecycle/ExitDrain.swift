// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorJournal
internal import SpoorLogging

/// Runs when the process ends by `exit` or by returning from `main`. It hands over the finished spans within the time
/// that is configured for that, and writes the lines that are still in the ring, for at most a second. If the journal's
/// file is then empty, it is removed; otherwise it is marked as left by a process that ended regularly.
enum ExitDrain {
  struct Entry: Sendable {
    let pipeline: LogPipeline
    let journal: Journal
    let endLog: EndLog
    let export: SpanExport
    let logExport: LogExport
    /// How long the process's end may wait for the collector.
    let timeout: Duration
  }

  private static let entries = Locked<[Entry]>([])

  static func register(_ entry: Entry) {
    let isFirst = entries.withLock { entries in
      entries.append(entry)
      return entries.count == 1
    }
    guard isFirst else { return }
    atexit { ExitDrain.end(ExitDrain.entries.withLock { $0 }) }
  }

  /// Leaves a journal out of the work at the process's exit.
  static func forget(_ journal: Journal) { entries.withLock { $0.removeAll { $0.journal === journal } } }

  private static func end(_ entries: [Entry]) {
    // A forked child inherits its parent's exit handlers, but neither its threads nor its journal.
    let own = entries.filter { $0.journal.isOwned }
    // All of them at the same time, so that the process waits once.
    let began = ContinuousClock.now
    let handovers = own.map { $0.timeout > .zero ? $0.export.beginShutdown(by: began + $0.timeout) : nil }
    for (entry, handover) in zip(own, handovers) {
      _ = handover?.wait(nanoseconds: (began + entry.timeout - .now).nanoseconds)
    }
    for entry in own { end(entry, by: began + entry.timeout) }
  }

  private static func end(_ entry: Entry, by deadline: ContinuousClock.Instant) {
    entry.endLog.reportExit()
    entry.pipeline.reportSuppressed(all: true)
    entry.pipeline.reportEvictedLines(isLast: true)
    if entry.timeout > .zero, !entry.logExport.isEmpty {
      // Log records get a part of the time even if the spans have used all of it.
      let deadline = max(deadline, .now + entry.timeout / 5)
      let ended = Countdown(1)
      entry.logExport.beginShutdown(by: deadline, ended)
      _ = ended.wait(nanoseconds: (deadline - .now).nanoseconds)
    }
    let wroteAll = entry.pipeline.writer.drain(nanoseconds: 1_000_000_000, isLast: true)
    entry.journal.markEnded()
    if wroteAll, entry.journal.heldCount == 0, entry.logExport.isEmpty { return entry.journal.removeFile() }
    if !wroteAll { sayLastWord(entry) }
  }

  /// Reports lines that could not be written on standard error, because the log itself does not work.
  private static func sayLastWord(_ entry: Entry) {
    let reason = entry.pipeline.writer.lastFailure
    let fate =
      entry.journal.isKept
      ? "they are in the journal, and the next start writes them" : "they are lost with the process"
    let text = "spoor: not all log lines could be written (\(reason.isEmpty ? "no time" : reason)): \(fate)\n"
    LastWord.say(text)
  }
}
