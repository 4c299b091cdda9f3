// SPDX-License-Identifier: Apache-2.0

/// The account of every span that a process started or adopted from dead processes.
///
/// The numbers come from counters that each change of a span's state adds to, so that `started + adopted = sent +
/// sampledOut + dropped + open + keptBack + held` whenever no span is changing its state at that moment.
package struct JournalAccount: Sendable, Hashable {
  package var started = 0
  package var adopted = 0
  package var sent = 0
  /// Left out by the sampler at the start, or by the keep rules at the end of the local root.
  package var sampledOut = 0
  package var droppedFull = 0
  package var droppedRejected = 0
  package var droppedUnusable = 0
  package var droppedByHook = 0
  package var droppedAfterShutdown = 0
  /// Given up by one of several exporters, whose collector took nothing until the journal was nearly full.
  package var droppedBehind = 0
  /// Below an unsampled local root, beyond the quota of spans that may wait for its verdict.
  package var droppedUndecided = 0
  /// In files of dead processes that were removed because the directory was over its limit.
  package var droppedDirectoryFull = 0
  /// Open spans whose pages were lost: the journal's file was truncated, or its disk failed.
  package var droppedWithPages = 0
  /// Started and not ended.
  package var open = 0
  /// Ended, and waiting for the keep rules' decision at the end of their local root.
  package var keptBack = 0
  /// Finished, and not yet sent; those of dead processes included.
  package var held = 0

  package var dropped: Int {
    droppedFull + droppedRejected + droppedUnusable + droppedByHook + droppedAfterShutdown + droppedDirectoryFull
      + droppedWithPages + droppedUndecided + droppedBehind
  }

  package init() {}
}

extension Journal {
  /// The current account.
  ///
  /// - Parameter looksForLostPages: whether the open spans are also counted in the slots, to find those that were lost
  ///   with their pages. It reads every slot.
  package func account(looksForLostPages: Bool = false) -> JournalAccount {
    var account = JournalAccount()
    func count(_ counter: JournalCounter) -> Int { Int(clamping: self.count(counter)) }
    // Later states of a span's life are read first, so that no difference below is negative.
    let delivered = count(.delivered)
    let adoptedDelivered = count(.adoptedDelivered)
    account.droppedRejected = count(.rejected)
    account.droppedUnusable = count(.unusable)
    account.droppedAfterShutdown = count(.droppedAfterShutdown)
    account.droppedBehind = count(.droppedBehind)
    let leftOut = count(.discarded)
    account.droppedByHook = count(.droppedByHook)
    account.droppedUndecided = count(.droppedUndecided)
    let decided = count(.decided)
    let undecided = count(.undecided)
    let ended = count(.ended)
    let opened = count(.opened)
    let adoptedRejected = count(.adoptedRejected)
    let adoptedUnusable = count(.adoptedUnusable)
    account.droppedDirectoryFull = count(.adoptedRemoved)
    account.adopted = count(.adopted)
    account.droppedFull = count(.droppedFull)
    let neverSampled = count(.sampledOut)

    account.keptBack = max(0, undecided - decided)
    account.open = max(0, opened - ended)
    let own =
      ended - account.keptBack - leftOut - account.droppedByHook - delivered - account.droppedRejected
      - account.droppedUnusable - account.droppedAfterShutdown - account.droppedUndecided - account.droppedBehind
    let others =
      account.adopted - adoptedDelivered - adoptedRejected - adoptedUnusable - account.droppedDirectoryFull
    account.held = max(0, own) + max(0, others)
    account.sent = delivered + adoptedDelivered
    account.droppedRejected += adoptedRejected
    account.droppedUnusable += adoptedUnusable
    account.sampledOut = neverSampled + leftOut
    account.started = opened + account.droppedFull + neverSampled
    if looksForLostPages, lostPages > 0 {
      account.droppedWithPages = max(0, account.open - countOpenSpans())
      account.open -= account.droppedWithPages
    }
    return account
  }
}
