// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorJournal

/// Takes lines out of the ring in batches and queues each batch for every outlet.
///
/// It writes nothing itself: the lock is only held for copying, so no thread waits for a write. A line stays in the
/// ring, and so survives the process, until every outlet has written it. Outlets do not wait for each other: if an
/// outlet is stuck and its queue takes half of the ring, it loses the oldest batches, which are counted. A single
/// outlet never loses lines that way: the ring fills, and the newest lines are dropped and counted there.
final class LogQueue: Sendable {
  private let ring: LogRing
  private let outputs: LogOutputs
  private let resolver: StackResolver
  /// Returns the record with the number of dropped lines, with its line end.
  private let droppedRecord: @Sendable (_ count: UInt64, _ reason: String) -> [UInt8]
  private static let batchBytes = 256 << 10

  /// Rings when the exporter should not wait any longer for more lines.
  let exportBell = Bell()

  private let state: Locked<State>
  private struct State: Sendable {
    var outlets: [Outlet]
    /// The first position of the ring that has not been searched completely.
    var next: UInt64 = 0
    /// Later positions whose lines have already been taken.
    var taken: Set<UInt64> = []
    var spare: [LogBatch] = []
    var reportedDrops: UInt64 = 0
    var writtenLines: UInt64 = 0
    var lastFailure = ""
    /// The number of lost lines that have been logged, and whether an ongoing loss has been logged.
    var reportedLosses: UInt64 = 0
    var hasReportedStuck = false
    /// Whether the receiver of log records refused the last request.
    var exportFails = false
    /// When an outage was last reported on standard error; 0 for never.
    var lastWordAt: UInt64 = 0
  }

  /// Outages are reported on standard error every 10 minutes at most.
  private static let lastWordPause: UInt64 = 600_000_000_000
  /// A destination without an error that takes nothing for 10 s is reported.
  private static let stuckPatience: UInt64 = 10_000_000_000

  private struct Outlet: Sendable {
    /// The queue, the oldest batch first.
    var batches: [LogBatch] = []
    /// Whether a thread is writing the first batch.
    var isBusy = false
    /// Batches at the front that the exporter is sending.
    var inFlight = 0
    /// The time since which the outlet is blocked; nil if it is not.
    var blockedSince: UInt64?
    var lostLines: UInt64 = 0
    /// Whether the present outage has been reported on standard error.
    var hasLastWord = false
  }

  init(
    ring: LogRing, outputs: LogOutputs, resolver: StackResolver,
    droppedRecord: @escaping @Sendable (_ count: UInt64, _ reason: String) -> [UInt8]
  ) {
    self.ring = ring
    self.outputs = outputs
    self.resolver = resolver
    self.droppedRecord = droppedRecord
    let count = outputs.outlets.count + (outputs.hasExporter ? 1 : 0)
    state = Locked(State(outlets: (0..<count).map { _ in Outlet() }))
  }

  /// The number of lines that every outlet has written or lost.
  var writtenLines: UInt64 { state.withLock { $0.writtenLines } }

  /// The number of lines that a stuck outlet lost while others continued, or that were too long for a datagram.
  var lostLines: UInt64 { state.withLock { Self.lostLines($0) } }

  private static func lostLines(_ state: State) -> UInt64 { state.outlets.reduce(0) { $0 + $1.lostLines } }

  /// The reason of the last failed write; empty if none has failed.
  var lastFailure: String { state.withLock { $0.lastFailure } }

  /// Whether ``take(_:)`` may return a batch for an outlet.
  func hasWork(for outlet: Int) -> Bool {
    state.withLock { state in
      !state.outlets[outlet].batches.isEmpty || ring.hasLines(from: state.next)
    }
  }

  /// The next batch for an outlet. The calling thread has the outlet's turn until ``give(back:by:_:refused:)``.
  ///
  /// - Returns: nil if there is nothing to write, or another thread has the turn.
  func take(_ index: Int) -> LogBatch? {
    state.withLock { state in
      guard !state.outlets[index].isBusy else { return nil }
      if state.outlets[index].batches.isEmpty { gather(&state, for: index) }
      guard let batch = state.outlets[index].batches.first else { return nil }
      state.outlets[index].isBusy = true
      return batch
    }
  }

  /// Ends an outlet's turn.
  ///
  /// - Parameter refused: lines that were left out because the descriptor cannot take any of their length.
  /// - Returns: why the outlet takes no lines, if that is to be reported on standard error now: once for an outage.
  func give(back batch: LogBatch, by index: Int, _ outcome: LogOutput.Outcome, refused: UInt64) -> String? {
    state.withLock { state in
      state.outlets[index].isBusy = false
      state.outlets[index].lostLines += refused
      switch outcome {
      case .written:
        state.outlets[index].blockedSince = nil
        state.outlets[index].hasLastWord = false
        state.outlets[index].batches.removeFirst()
        release(batch, by: index, &state)
        drop(batch, &state)
      case .blocked(let done, let code):
        state.lastFailure = Libc.message(code)
        if done > 0 || state.outlets[index].blockedSince == nil {
          state.outlets[index].blockedSince = spoor_monotonic_ns()
        }
        return lastWord(about: index, code, &state)
      case .skipped: break
      }
      return nil
    }
  }

  /// What to report on standard error about an outlet that takes no lines, because the log cannot report it.
  private func lastWord(about index: Int, _ code: Int32, _ state: inout State) -> String? {
    let now = spoor_monotonic_ns()
    let isWaiting = [EAGAIN, EWOULDBLOCK, EINTR].contains(code)
    let blocked = now &- (state.outlets[index].blockedSince ?? now)
    guard !state.outlets[index].hasLastWord, !isWaiting || blocked >= Self.stuckPatience,
      state.lastWordAt == 0 || now &- state.lastWordAt >= Self.lastWordPause
    else { return nil }
    state.outlets[index].hasLastWord = true
    state.lastWordAt = now
    return isWaiting ? "its reader takes nothing" : Libc.message(code)
  }

  // MARK: The exporter of log records

  /// The exporter is one more outlet, behind the destinations.
  private var exporter: Int { outputs.outlets.count }

  /// The batches that the exporter has to send: at least one if there is any, and about this many bytes. A call
  /// before ``settleExport(_:)`` or ``keepExport()`` returns the ones behind.
  func takeForExport(bytes limit: Int) -> [LogBatch] {
    state.withLock { state in
      guard outputs.hasExporter else { return [] }
      // The threads of the destinations gather what they need. We do it if there are none, or if we come first.
      while ring.hasLines(from: state.next),
        bytes(of: state.outlets[exporter].batches.dropFirst(state.outlets[exporter].inFlight)) < limit
      {
        let count = state.outlets[exporter].batches.count
        gather(&state, for: exporter)
        guard state.outlets[exporter].batches.count > count else { break }
      }
      var taken: [LogBatch] = []
      for batch in state.outlets[exporter].batches.dropFirst(state.outlets[exporter].inFlight) {
        if !taken.isEmpty, bytes(of: taken[...]) + batch.bytes.count > limit { break }
        taken.append(batch)
      }
      state.outlets[exporter].inFlight += taken.count
      if !taken.isEmpty, state.outlets[exporter].blockedSince == nil {
        state.outlets[exporter].blockedSince = spoor_monotonic_ns()
      }
      return taken
    }
  }

  /// With so many bytes of lines the exporter waits no longer.
  private var urgentBytes: Int { min(ring.capacityBytes / 8, 256 << 10) }

  /// Whether the exporter should not wait any longer for more lines.
  var isExportUrgent: Bool {
    state.withLock { outputs.hasExporter && bytes(of: $0.outlets[exporter].batches[...]) >= urgentBytes }
  }

  private func bytes(of batches: ArraySlice<LogBatch>) -> Int { batches.reduce(0) { $0 + $1.bytes.count } }

  /// Notes that the exporter's batches are sent, or refused for good.
  func settleExport(_ batches: [LogBatch]) {
    state.withLock { state in
      state.outlets[exporter].blockedSince = nil
      for batch in batches {
        state.outlets[exporter].inFlight -= 1
        state.outlets[exporter].batches.removeFirst()
        release(batch, by: exporter, &state)
        drop(batch, &state)
      }
    }
  }

  /// Ends the exporter's turn without a result: its batches stay.
  func keepExport() { state.withLock { $0.outlets[exporter].inFlight = 0 } }

  /// Whether the exporter has sent all lines of the ring.
  var isExported: Bool {
    state.withLock { state in
      !outputs.hasExporter || (state.outlets[exporter].batches.isEmpty && !ring.hasLines(from: state.next))
    }
  }

  /// Whether every destination has written the lines before a position, or lost them.
  func isWritten(upTo position: UInt64) -> Bool {
    guard outputs.hasExporter else { return ring.isDone(upTo: position) }
    return exporter == 0 || state.withLock { Self.areDone(0..<exporter, upTo: position, $0) }
  }

  /// Whether the exporter has sent the lines before a position, or lost them.
  func isExported(upTo position: UInt64) -> Bool {
    !outputs.hasExporter || state.withLock { Self.areDone(exporter..<exporter + 1, upTo: position, $0) }
  }

  private static func areDone(_ outlets: Range<Int>, upTo position: UInt64, _ state: State) -> Bool {
    state.next >= position
      && state.outlets[outlets].allSatisfy { outlet in
        !outlet.batches.contains { batch in batch.positions.contains { $0 < position } }
      }
  }

  /// Collects what the exporter gets, once it is not what the destinations get.
  private func note(_ kind: PendingLine, _ position: UInt64, from start: Int, in batch: LogBatch) {
    if kind == .notExported {
      batch.unexported.insert(position)
      if batch.exportedBytes == nil { batch.exportedBytes = Array(batch.bytes[..<start]) }
    } else {
      batch.exportedBytes?.append(contentsOf: batch.bytes[start...])
    }
  }

  // MARK: The turns of outlets

  /// Notes that an outlet no longer needs a batch's lines in the ring.
  private func release(_ batch: LogBatch, by index: Int, _ state: inout State) {
    guard batch.isAwaited[index] else { return }
    batch.isAwaited[index] = false
    if outputs.hasExporter, index != exporter, !batch.isAwaited.dropLast().contains(true) {
      // Should the process die now, the next start must not write the lines again, but export them.
      for position in batch.positions {
        if batch.unexported.contains(position) { ring.markWritten(position) } else { ring.markExportOnly(position) }
      }
      state.writtenLines += UInt64(batch.positions.count)
    }
    guard !batch.isAwaited.contains(true), !batch.positions.isEmpty else { return }
    for position in batch.positions { ring.markWritten(position) }
    if !outputs.hasExporter { state.writtenLines += UInt64(batch.positions.count) }
    ring.advance()
  }

  /// Notes that an outlet no longer has a batch.
  private func drop(_ batch: LogBatch, _ state: inout State) {
    batch.holders -= 1
    if batch.holders == 0, state.spare.count < 2 { state.spare.append(batch) }
  }

  // MARK: Gathering

  private func gather(_ state: inout State, for index: Int) {
    if state.outlets.count > 1 { makeRoom(&state, for: index) }
    let batch = state.spare.popLast() ?? LogBatch()
    batch.removeAll()
    addReports(to: batch, &state)
    addLines(to: batch, &state)
    guard !batch.bytes.isEmpty else {
      // Lines whose pages were lost cannot be written. Without this call the ring would not be empty until the next
      // line.
      if !ring.isEmpty { ring.advance() }
      return state.spare.append(batch)
    }
    let exporterRests = outputs.hasExporter && state.outlets[exporter].batches.isEmpty
    batch.isAwaited = state.outlets.map { _ in true }
    batch.holders = state.outlets.count
    for index in state.outlets.indices { state.outlets[index].batches.append(batch) }
    // Wakes the threads of the other outlets.
    if outputs.outlets.count > 1 { ring.bell.ring() }
    if exporterRests || outputs.hasExporter && bytes(of: state.outlets[exporter].batches[...]) >= urgentBytes {
      exportBell.ring()
    }
  }

  private func addReports(to batch: LogBatch, _ state: inout State) {
    let dropped = ring.droppedCount
    if dropped > state.reportedDrops {
      batch.bytes += droppedRecord(dropped - state.reportedDrops, state.lastFailure)
      state.reportedDrops = dropped
    }
    // Logged at the first loss and when the loss is over. In between, the record itself would be lost.
    let lost = Self.lostLines(state)
    let isStuck = state.outlets.contains { $0.blockedSince != nil }
    if !isStuck { state.hasReportedStuck = false }
    if lost > state.reportedLosses, !state.hasReportedStuck {
      batch.bytes += droppedRecord(
        lost - state.reportedLosses,
        state.lastFailure.isEmpty
          ? "the receiver of log records took none in time" : "a destination took no lines: \(state.lastFailure)")
      state.reportedLosses = lost
      state.hasReportedStuck = isStuck
    }
  }

  private func addLines(to batch: LogBatch, _ state: inout State) {
    var resume: UInt64?
    let end = unsafe ring.forEachPending(from: state.next) { position, line, kind in
      if !state.taken.isEmpty, state.taken.contains(position) { return true }
      // A line that is still being copied, or waits for the names of its stacks, does not delay the others.
      guard let line = unsafe line else {
        resume = resume ?? position
        return true
      }
      let start = batch.bytes.count
      if kind == .unresolved {
        guard let whole = unsafe resolver.line(at: position, line, wake: { [ring] in ring.bell.ring() }) else {
          resume = resume ?? position
          return true
        }
        batch.bytes += whole
      } else {
        unsafe batch.bytes.append(contentsOf: line)
      }
      if outputs.hasExporter { note(kind, position, from: start, in: batch) }
      batch.positions.append(position)
      if resume != nil { state.taken.insert(position) }
      return batch.bytes.count < Self.batchBytes
    }
    state.next = resume ?? end
    if !state.taken.isEmpty { state.taken = state.taken.filter { $0 >= state.next } }
  }

  /// Notes whether the receiver of log records refused the last request. Its oldest lines are then given up as soon as
  /// the ring is more than half full.
  func noteExport(fails: Bool) { state.withLock { $0.exportFails = fails } }

  /// Removes the oldest batches from blocked outlets, so that the ring has room for those that work.
  private func makeRoom(_ state: inout State, for index: Int) {
    guard isHalfFull else { return }
    let now = spoor_monotonic_ns()
    for other in state.outlets.indices where other != index {
      guard let since = state.outlets[other].blockedSince,
        now &- since >= outputs.patience || (state.exportFails && other == exporter)
      else { continue }
      // The first batch may be half written, or in use by a thread. It is written when the outlet works again.
      let inUse = max(state.outlets[other].inFlight, 1)
      for batch in state.outlets[other].batches.prefix(inUse) { release(batch, by: other, &state) }
      while isHalfFull, state.outlets[other].batches.count > inUse {
        let batch = state.outlets[other].batches.remove(at: inUse)
        release(batch, by: other, &state)
        state.outlets[other].lostLines += UInt64(batch.bytes.count { $0 == UInt8(ascii: "\n") })
        drop(batch, &state)
      }
    }
  }

  private var isHalfFull: Bool { ring.usedBytes > ring.capacityBytes / 2 }

  /// Removes lines that only the exporter needs if it is behind and the ring is more than half full. Returns whether
  /// the ring is still more than half full, so that this has to be tried again soon.
  func relieve() -> Bool {
    guard outputs.hasExporter, exporter > 0, isHalfFull else { return false }
    state.withLock { makeRoom(&$0, for: 0) }
    return isHalfFull
  }
}
