// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal

extension SpoorSystem {
  /// Where every span is that this process started or adopted from dead processes of its service.
  ///
  /// ```
  /// started + adopted = sent + sampledOut + dropped + open + keptBack + held
  /// ```
  ///
  /// The same numbers are in ``SpoorSystem/ShutdownReport``, in the log record `spoor_shut_down` and in the metrics
  /// `spoor.spans.…`. The equation holds whenever no span is being started or ended at that moment. Spans after the
  /// shutdown are counted as well.
  public struct SpanAccount: Sendable, Hashable {
    /// Why a span was dropped.
    public enum DropReason: String, Sendable, Hashable, CaseIterable {
      /// The journal had no free slot when the span started.
      case journalFull = "journal_full"
      /// The collector refused the span for good.
      case rejected
      /// The record was not a span, because one of its ids was zero.
      case unusable
      /// A `SpanHook` dropped it.
      case hook
      /// It waited for the keep rules' decision on its unsampled local root, and too many spans were waiting.
      case undecided
      /// It ended after the shutdown of a process without a journal file.
      case afterShutdown = "after_shutdown"
      /// One of several exporters gave it up: its collector took nothing until the journal was nearly full. The other
      /// exporters have it.
      case exporterBehind = "exporter_behind"
      /// It was in the file of a dead process, which was removed because the directory was over its limit.
      case directoryFull = "directory_full"
      /// It was open when the journal's file was truncated or its disk failed.
      case pagesLost = "pages_lost"
    }

    /// Spans that were started, whether they were sampled or not.
    public let started: Int
    /// Spans in journals of dead processes that this one took over.
    public let adopted: Int
    /// Spans that a collector has acknowledged. The report of a span that is open for long does not count. If a
    /// collector's answer comes too late, its spans count when they are acknowledged at a later attempt.
    public let sent: Int
    /// Spans that the sampler, or the keep rules at the end of their local root, left out.
    public let sampledOut: Int
    /// Spans that were dropped, by reason. A reason without spans is missing.
    public let dropped: [DropReason: Int]
    /// Spans that have started and not ended.
    public let open: Int
    /// Spans that have ended and wait for the keep rules' decision.
    public let keptBack: Int
    /// Spans that have finished and that no collector has yet.
    public let held: Int

    /// Whether the equation holds.
    public var isBalanced: Bool {
      started + adopted == sent + sampledOut + dropped.values.reduce(0, +) + open + keptBack + held
    }

    package init(_ account: JournalAccount) {
      started = account.started
      adopted = account.adopted
      sent = account.sent
      sampledOut = account.sampledOut
      open = account.open
      keptBack = account.keptBack
      held = account.held
      dropped = Dictionary(
        uniqueKeysWithValues: DropReason.allCases.map { ($0, $0.count(in: account)) }.filter { $0.1 > 0 })
    }
  }
}

extension SpoorSystem.SpanAccount.DropReason {
  func count(in account: JournalAccount) -> Int {
    switch self {
    case .journalFull: account.droppedFull
    case .rejected: account.droppedRejected
    case .unusable: account.droppedUnusable
    case .hook: account.droppedByHook
    case .undecided: account.droppedUndecided
    case .afterShutdown: account.droppedAfterShutdown
    case .exporterBehind: account.droppedBehind
    case .directoryFull: account.droppedDirectoryFull
    case .pagesLost: account.droppedWithPages
    }
  }
}
