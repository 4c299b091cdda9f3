// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import SpoorBase
package import SpoorJournal

/// The threads that take lines out of the ring and write them, one for each destination.
///
/// An urgent line wakes them at once, and so does the first line after a silence. Otherwise they check every ``pause``,
/// or when a part of the ring has filled, because a wake-up costs the logging thread more than 1 µs. A descriptor that
/// blocks or fails is retried without limit. Meanwhile lines stay in the ring; lines that do not fit are counted, and
/// logged when the descriptor works again.
package final class LogWriter: Sendable {
  private let ring: LogRing
  package let outputs: LogOutputs
  private let resolver: StackResolver
  private let queue: LogQueue
  /// How long lines are gathered before they are written: 20 ms.
  private static let pause: UInt64 = 20_000_000

  private let control: Locked<Control>
  private struct Control: Sendable {
    var isStopping = false
    /// Whether each destination has a thread.
    var hasThread: [Bool]
    /// How often the first thread looks around while there are no lines, in nanoseconds.
    var idleInterval = Bell.forever
    /// The number of arrivals of the signal that has files reopened, at the last look.
    var reopenings: UInt32 = 0
    var lastHousekeeping = spoor_monotonic_ns()
    var housekeeping: @Sendable () -> Void = {}
    /// The ring's number of rounds when a caller waited in vain. No caller waits again until it has changed.
    var stuckAt: UInt32?
  }

  package init(
    ring: LogRing, outputs: LogOutputs, resolver: StackResolver,
    droppedRecord: @escaping @Sendable (_ count: UInt64, _ reason: String) -> [UInt8]
  ) {
    self.ring = ring
    self.resolver = resolver
    self.outputs = outputs
    queue = LogQueue(ring: ring, outputs: outputs, resolver: resolver, droppedRecord: droppedRecord)
    control = Locked(Control(hasThread: outputs.outlets.map { _ in false }))
  }

  /// The number of lines written so far.
  package var writtenCount: UInt64 { queue.writtenLines }

  /// The number of lines that a destination lost because it was blocked too long while others continued.
  package var lostLines: UInt64 { queue.lostLines }

  /// The reason of the last failed write; empty if none has failed.
  package var lastFailure: String { queue.lastFailure }

  /// Starts the threads. Returns false if the system does not provide all of them; the lines of destinations without a
  /// thread are then written by callers of ``drain(nanoseconds:isLast:)``.
  ///
  /// - Parameters:
  ///   - idleInterval: how often one of the threads looks around while there are no lines, in nanoseconds; nil if the
  ///     caller calls ``keepHouse()`` instead.
  ///   - housekeeping: called at most once a second by one of the threads or by ``keepHouse()``, with no lock held.
  package func start(
    idleInterval: UInt64? = 1_000_000_000, housekeeping: @escaping @Sendable () -> Void = {}
  ) -> Bool {
    control.withLock { control in
      control.housekeeping = housekeeping
      control.idleInterval = idleInterval ?? Bell.forever
    }
    return outputs.outlets.indices.reduce(true) { start($1) && $0 }
  }

  private func start(_ index: Int) -> Bool {
    control.withLock { $0.hasThread[index] = true }
    guard BackgroundThread.start("spoor-log", { self.run(index) }) != 0 else { return true }
    control.withLock { $0.hasThread[index] = false }
    return false
  }

  /// Ends the threads after the lines in the ring have been written.
  package func stop() {
    control.withLock { control in
      control.isStopping = true
      control.housekeeping = {}
    }
    ring.bell.ring()
  }

  // MARK: The exporter of log records

  /// Lines that the exporter has to send.
  package struct ExportedLines: Sendable {
    /// Whole lines, each with its line end.
    package var lines: [[UInt8]] { batches.map { $0.exportedBytes ?? $0.bytes } }
    package var isEmpty: Bool { batches.isEmpty }
    fileprivate let batches: [LogBatch]
  }

  /// The lines that the exporter has to send now, of about this many bytes. It has the turn until one of the next two
  /// calls.
  package func takeForExport(bytes: Int) -> ExportedLines {
    ExportedLines(batches: queue.takeForExport(bytes: bytes))
  }

  /// The lines are sent, or refused for good.
  package func settleExport(_ lines: ExportedLines) {
    queue.settleExport(lines.batches)
    ring.bell.ring()
  }

  /// The receiver has refused a request, or taken one.
  package func noteExport(fails: Bool) { queue.noteExport(fails: fails) }

  /// The lines stay in the ring.
  package func keepExport() { queue.keepExport() }

  /// Rings when the exporter should not wait any longer for more lines: see ``isExportUrgent``.
  package var exportBell: Bell { queue.exportBell }

  /// Whether threads of destinations gather the lines for the exporter, and ring its bell for the first one.
  package var hasThreads: Bool { control.withLock { $0.hasThread.contains(true) } }

  /// Whether there are so many lines that the exporter should send them at once.
  package var isExportUrgent: Bool { queue.isExportUrgent }

  /// Whether the exporter has sent every line.
  package var isExported: Bool { queue.isExported }

  /// The position behind the newest line.
  package var end: UInt64 { ring.end }

  /// Whether the exporter has sent every line before a position.
  package func isExported(upTo position: UInt64) -> Bool { queue.isExported(upTo: position) }

  // MARK: Callers

  /// Waits until the lines that are in the ring now are written, at most for the given time. Returns whether all of
  /// them are written.
  ///
  /// The calling thread writes itself if that cannot block, or if a destination has no thread.
  ///
  /// - Parameter isLast: whether the process is about to end. Lines that wait for the names of their stacks are then
  ///   written with the names that are known when the time is nearly over.
  package func drain(nanoseconds: UInt64, isLast: Bool = false) -> Bool {
    let target = ring.end
    let deadline = spoor_monotonic_ns() &+ nanoseconds
    let hurry = deadline &- nanoseconds / 5
    defer { if isLast { resolver.hurry(false) } }
    while true {
      let now = spoor_monotonic_ns()
      if isLast, now >= hurry { resolver.hurry(true) }
      let rounds = ring.rounds
      pumpAll(until: min(deadline, now &+ 10_000_000))
      if queue.isWritten(upTo: target) { return true }
      guard spoor_monotonic_ns() < deadline else { return false }
      ring.bell.ring()
      ring.waitForRound(after: rounds, nanoseconds: 500_000)
    }
  }

  /// Waits until the line that the caller has just logged is written, at most for the given time. After a wait in vain,
  /// no caller waits again until the output makes progress, so that a stuck output delays the service once and not with
  /// every line.
  package func writeThrough(nanoseconds: UInt64) {
    let rounds = ring.rounds
    if control.withLock({ $0.stuckAt == rounds }) { return ring.bell.ring() }
    guard !drain(nanoseconds: nanoseconds) else { return }
    let now = ring.rounds
    control.withLock { $0.stuckAt = now }
  }

  private func pumpAll(until deadline: UInt64) {
    for index in outputs.outlets.indices {
      let hasThread = control.withLock { $0.hasThread[index] }
      if hasThread, outputs.outlets[index].isLeftToThread { continue }
      while pump(index, until: deadline, mayBlock: !hasThread) == .wrote {}
    }
  }

  // MARK: The threads

  private func run(_ index: Int) {
    SignalMask.blockWriteSignals()
    var isSilent = true
    while true {
      let rings = ring.bell.count
      keepHouse()
      outputs.outlets[index].reopenIfTold()
      let progress = pump(index, until: spoor_monotonic_ns() &+ 200_000_000, mayBlock: true)
      let isStopping = control.withLock { $0.isStopping }
      switch progress {
      case .wrote: isSilent = false
      case .blocked:
        if isStopping { return }
        ring.bell.wait(after: rings, nanoseconds: 50_000_000)
      case .idle:
        if isStopping { return }
        if queue.relieve() {
          ring.bell.wait(after: rings, nanoseconds: Self.pause)
          continue
        }
        guard isSilent else {
          isSilent = true
          ring.bell.wait(after: rings, nanoseconds: Self.pause)
          continue
        }
        ring.readerSleeps()
        if queue.hasWork(for: index) {
          // A line is still being copied, or another thread has the turn: check again soon.
          ring.readerIsAwake()
          ring.bell.wait(after: rings, nanoseconds: 1_000_000)
          continue
        }
        let idle = index == 0 ? control.withLock { $0.idleInterval } : Bell.forever
        ring.bell.wait(after: rings, nanoseconds: idle)
        ring.readerIsAwake()
        if queue.hasWork(for: index) { ring.bell.wait(after: ring.bell.count, nanoseconds: Self.pause) }
      }
    }
  }

  /// Does what is due once a second: the housekeeping, and has files reopened after the signal.
  package func keepHouse() {
    let now = spoor_monotonic_ns()
    let reopenings = outputs.reopenings
    let (due, mustReopen): ((@Sendable () -> Void)?, Bool) = control.withLock { control in
      guard now &- control.lastHousekeeping >= 1_000_000_000 else { return (nil, false) }
      control.lastHousekeeping = now
      defer { control.reopenings = reopenings }
      return (control.housekeeping, reopenings != control.reopenings)
    }
    due?()
    if mustReopen { ring.bell.ring() }
  }

  /// The log cannot say that it cannot be written: standard error is the last place that can.
  private func sayLastWord(about outlet: LogOutlet, _ reason: String) {
    guard outlet.output.descriptor != 2 else { return }
    LastWord.say(
      "spoor: log lines cannot be written to \(outlet.name): \(reason). They are kept while there is room for them, "
        + "and tried again.\n")
  }

  private enum Progress { case idle, wrote, blocked }

  /// Writes one batch to one destination.
  private func pump(_ index: Int, until deadline: UInt64, mayBlock: Bool) -> Progress {
    let outlet = outputs.outlets[index]
    guard let batch = queue.take(index) else { return .idle }
    let refused = outlet.output.refusedLines
    let outcome = outlet.write(batch, until: deadline, mayBlock: mayBlock)
    let trouble = queue.give(back: batch, by: index, outcome, refused: outlet.output.refusedLines - refused)
    if let trouble { sayLastWord(about: outlet, trouble) }
    if case .written = outcome { return .wrote }
    return .blocked
  }
}
