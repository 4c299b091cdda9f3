// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import SpoorBase
package import SpoorJournal

/// The thread that takes finished spans out of the journal, encodes them, sends them, and frees their slots once a
/// collector has them.
///
/// Until then a span stays in the journal, so a collector that is down costs 4 bytes per span here and nothing in the
/// service's threads. The service never waits for this thread; it only rings a bell.
///
/// A shutdown sends as many spans as it can within its timeout; the rest stays in the journal and is counted.
@safe
package final class Shipper: @unchecked Sendable {  // `Control` is shared; the rest belongs to the thread alone.
  let journal: Journal
  let resource: PreparedResource
  /// Looks for journals left by dead processes; nil in memory mode, and for each exporter except the first.
  let adoption: JournalAdoption?
  let encoder: any SpanEncoder
  let settings: ShipperSettings
  /// Nil if spans are not exported: then only lines and crash reports of dead processes are processed.
  let sender: BatchSender?
  let control: Control
  let report: @Sendable (ShipperEvent) -> Void
  /// Accepts a line of a dead process; false if there is no room for it now.
  let replay: @Sendable (DeadJournal, [UInt8]) -> Bool
  let style: (@Sendable (DeadJournal) -> DeadJournalStyle)?
  let names: StackNames?
  let sharing: Sharing

  // Used only by the thread once it has started.
  var queue: [UInt32] = []
  var queueStart = 0
  /// The number of spans that were removed from the queue's front.
  var queueBase: UInt64 = 0
  /// Flushes that are not over: the end of the queue up to which spans must be settled.
  var flushMarks: [FlushMark] = []
  var nameless = NamelessSpans()
  /// Whether stacks are encoded without names now, because room or time is short.
  var goesWithoutNames = false
  /// Files of dead processes whose stacks are being named, by path.
  var preparing: [String: DeadJournal] = [:]
  /// Whether any span has had a stack. Until then spans are not searched for one.
  var looksForStacks = false
  var buffer = EncodeBuffer()
  var hasLargeBuffers = false
  var adopted: AdoptedSpans
  /// When a line of a dead process was last accepted.
  var lastReplay = ContinuousClock.now
  var nextAdoption = ContinuousClock.now
  /// Whether files of dead processes were left because ``adopted`` had no room for them.
  var hasMoreToAdopt = false
  var nextLookAtOpenSpans = ContinuousClock.now

  /// What a shipper shares with other exporters of the same journal.
  package struct Sharing: Sendable {
    /// The source of its spans; nil if it is the only exporter of spans.
    package var fanOut: SpanFanOut?
    /// Its number, from 0. The first one adopts the journals of dead processes.
    package var exporter = 0
    package var adoption = AdoptionShare(exporters: 1, others: 0)

    package init() {}
  }

  /// A caller that waits for the spans that had finished by its call.
  struct FlushMark {
    /// The number of spans, counted from the shipper's start, that come before or with the last one.
    var end: UInt64
    let done: Countdown
  }

  /// Requests of other threads to this one, and its answers.
  final class Control: Sendable {
    let bell: Bell
    let state = Locked(State())
    struct State: Sendable {
      var flushes: UInt64 = 0
      /// Callers of a flush that the thread has not seen.
      var newFlushes: [Countdown] = []
      var stopBy: ContinuousClock.Instant?
      /// What the thread left when it ended; nil before.
      var rest: ShipperRest?
      /// Callers that wait for the thread's end.
      var stops: [Countdown] = []
      var hasNewNames = false
      var prepared: [DeadJournal] = []
      /// Why the last request failed; nil if it succeeded.
      var lastFailure: String?
    }
    private let journal: Journal
    init(_ journal: Journal) {
      self.journal = journal
      bell = journal.bell
    }

    /// Called on the reading thread after it has read names.
    func namesAreThere() {
      state.withLock { $0.hasNewNames = true }
      bell.ring()
    }

    func takeNewNames() -> Bool {
      state.withLock { state in
        defer { state.hasNewNames = false }
        return state.hasNewNames
      }
    }

    /// Called on the reading thread after it has read the names of a dead process's stacks.
    func isPrepared(_ dead: DeadJournal) {
      state.withLock { $0.prepared.append(dead) }
      bell.ring()
    }

    func takePrepared() -> [DeadJournal] {
      state.withLock { state in
        defer { state.prepared = [] }
        return state.prepared
      }
    }

    var stopBy: ContinuousClock.Instant? { state.withLock { $0.stopBy } }
    var flushes: UInt64 { state.withLock { $0.flushes } }

    func takeNewFlushes() -> [Countdown] {
      state.withLock { state in
        guard !state.newFlushes.isEmpty else { return [] }
        defer { state.newFlushes = [] }
        return state.newFlushes
      }
    }

    /// What is left now, or was when the thread ended.
    var rest: ShipperRest {
      let held = journal.account().held
      return state.withLock { $0.rest ?? ShipperRest(undelivered: held, lastFailure: $0.lastFailure) }
    }

    /// Called when the thread ends.
    func end(lastFailure: String?) {
      let rest = ShipperRest(undelivered: journal.account().held, lastFailure: lastFailure)
      let (flushes, stops) = state.withLock { state in
        state.rest = rest
        defer { (state.newFlushes, state.stops) = ([], []) }
        return (state.newFlushes, state.stops)
      }
      for flush in flushes { flush.finishPart(succeeded: rest.undelivered == 0) }
      for stop in stops { stop.finishPart() }
    }
  }

  /// - Parameters:
  ///   - curl: how spans are sent; nil if they are not.
  ///   - sharing: what it shares with other exporters.
  ///   - names: the source of the names of stacks; nil if the encoder has them.
  ///   - style: how a dead process's spans are encoded; nil for the same way as our own.
  ///   - replay: accepts a line that a dead process had not written; returns false if there is no room for it now.
  ///     Called on the shipper's thread.
  ///   - report: called with each event, on the shipper's thread.
  /// - Throws: ``InvalidSenderSetting`` for an invalid setting of the sender.
  package init(
    journal: Journal, resource: Resource, encoder: any SpanEncoder, curl: CurlSettings?,
    settings: ShipperSettings = ShipperSettings(), adoption: JournalAdoption? = nil, sharing: Sharing = Sharing(),
    names: StackNames? = nil,
    style: (@Sendable (DeadJournal) -> DeadJournalStyle)? = nil,
    replay: @escaping @Sendable (DeadJournal, [UInt8]) -> Bool = { _, _ in true },
    report: @escaping @Sendable (ShipperEvent) -> Void = { _ in }
  ) throws(InvalidSenderSetting) {
    self.journal = journal
    self.resource = encoder.prepare(resource)
    self.encoder = encoder
    self.settings = settings
    self.adoption = adoption
    self.report = report
    self.replay = replay
    self.style = style
    self.names = names
    let control = Control(journal)
    self.control = control
    if let curl {
      sender = try BatchSender(
        encoder, curl: curl, leastBytes: settings.batchBytes, settings: settings.delivery, seed: settings.seed
      ) { control.stopBy.map { $0 <= .now } ?? false }
    } else {
      sender = nil
    }
    self.sharing = sharing
    adopted = AdoptedSpans(sharing.adoption, replaysLines: sharing.exporter == 0)
    if sharing.exporter > 0 { sharing.adoption.onAdoption { control.isPrepared($0) } }
  }

  /// Starts the thread. Call it once.
  package func start() throws(ShipperError) {
    // Processes that die before their shipper's first look must not fill the disk.
    if let adoption, adoption.isOverLimit { take(adoption.trim(for: .milliseconds(100))) }
    let code = BackgroundThread.start("spoor-shipper") { self.run() }
    guard code == 0 else { throw ShipperError.noThread(code: code) }
  }

  /// Whether the thread has ended.
  package var hasEnded: Bool { control.state.withLock { $0.rest != nil } }

  /// Has the finished spans sent now, without waiting for a batch to fill. Returns at once.
  ///
  /// - Parameter done: is finished once every span that has finished by now is delivered, or dropped for good. It fails
  ///   if the shipper ends before.
  package func flush(_ done: Countdown? = nil) {
    let rest = control.state.withLock { state -> ShipperRest? in
      state.flushes += 1
      if state.rest == nil, let done { state.newFlushes.append(done) }
      return state.rest
    }
    if let rest { done?.finishPart(succeeded: rest.undelivered == 0) } else { control.bell.ring() }
  }

  /// Sends the finished spans within `timeout`, then ends the thread. A second call gets the first one's answer.
  ///
  /// If the journal is in a file, a collector that is down is tried once; the spans then stay in the file for the next
  /// start. In memory mode the shipper retries until the timeout.
  package func shutdown(timeout: Duration) async -> ShipperRest {
    let deadline = ContinuousClock.now + timeout
    let ended = Countdown(1)
    beginShutdown(by: deadline, ended)
    // A hanging request notices the stop within a second. The caller does not wait for that.
    _ = await ended.wait(until: deadline)
    return control.rest
  }

  /// Begins a ``shutdown(timeout:)`` and returns at once.
  ///
  /// - Parameter ended: is finished when the thread has ended.
  package func beginShutdown(by deadline: ContinuousClock.Instant, _ ended: Countdown) {
    let hasEnded = control.state.withLock { state in
      guard state.rest == nil else { return true }
      state.stopBy = min(state.stopBy ?? deadline, deadline)
      state.stops.append(ended)
      return false
    }
    if hasEnded { ended.finishPart() } else { control.bell.ring() }
  }

  /// Why the last request failed; nil if it succeeded.
  package var lastFailure: String? { control.state.withLock { $0.rest?.lastFailure ?? $0.lastFailure } }
}

/// A thread of an exporter could not be started.
package enum ShipperError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The system could not start a thread.
  case noThread(code: Int32)

  package var description: String {
    switch self {
    case .noThread(let code): "the thread of the exporter could not be started: \(Libc.message(code))"
    }
  }
}
