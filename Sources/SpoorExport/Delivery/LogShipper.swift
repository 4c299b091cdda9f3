// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import SpoorBase
package import SpoorJournal

/// Where the exporter of log records gets its lines.
package struct LogSource: Sendable {
  /// Lines of one turn, and what to do with them afterwards.
  package struct Turn: Sendable {
    /// Pieces of whole lines, each line with its line end.
    package let lines: [[UInt8]]
    /// Called when all of them are sent, or refused for good.
    package let settle: @Sendable () -> Void

    package init(lines: [[UInt8]], settle: @escaping @Sendable () -> Void) {
      self.lines = lines
      self.settle = settle
    }
  }

  /// The next turn of about this many bytes; nil if there are no lines. Turns are settled together, in their order.
  let take: @Sendable (_ bytes: Int) -> Turn?
  /// Ends the turns whose lines are not sent.
  let keep: @Sendable () -> Void
  /// Rings when there are many lines, and when there is one after none if ``ringsForFirst``.
  let bell: Bell
  let ringsForFirst: @Sendable () -> Bool
  /// Whether there are so many lines that they should be sent at once.
  let isUrgent: @Sendable () -> Bool
  /// Whether there is nothing left to send.
  let isEmpty: @Sendable () -> Bool
  /// The position behind the newest line.
  let end: @Sendable () -> UInt64
  /// Whether every line before a position is sent, or refused for good.
  let isSent: @Sendable (_ position: UInt64) -> Bool
  /// Whether what is not sent before the process ends is safe in a file.
  let isSafe: @Sendable () -> Bool
  /// A line of a dead process with the names of its stacks.
  let resolve: @Sendable (DeadJournal, [UInt8]) -> [UInt8]

  package init(
    take: @escaping @Sendable (_ bytes: Int) -> Turn?, keep: @escaping @Sendable () -> Void,
    bell: Bell, ringsForFirst: @escaping @Sendable () -> Bool, isUrgent: @escaping @Sendable () -> Bool,
    isEmpty: @escaping @Sendable () -> Bool,
    end: @escaping @Sendable () -> UInt64, isSent: @escaping @Sendable (_ position: UInt64) -> Bool,
    isSafe: @escaping @Sendable () -> Bool, resolve: @escaping @Sendable (DeadJournal, [UInt8]) -> [UInt8]
  ) {
    self.take = take
    self.keep = keep
    self.bell = bell
    self.ringsForFirst = ringsForFirst
    self.isUrgent = isUrgent
    self.isEmpty = isEmpty
    self.end = end
    self.isSent = isSent
    self.isSafe = isSafe
    self.resolve = resolve
  }
}

/// The thread that exports log records.
///
/// Every record is sent at least once. A line stays in the journal's ring until the receiver has it, so what a process
/// had not sent when it died is sent by the next start, under the dead process's resource. If the process dies between
/// the receiver's answer and the note of it, records are sent twice.
///
/// A receiver that accepts nothing delays no destination: when half of the ring is full, the oldest lines that only the
/// exporter needs are given up and counted (``LogQueue``).
@safe
package final class LogShipper: @unchecked Sendable {  // `Control` is shared. Only the thread uses the rest.
  private let encoder: any LogEncoder
  private let resource: Resource
  private let settings: ShipperSettings
  private let source: LogSource
  private let share: AdoptionShare
  private let sender: BatchSender
  private let control: Control
  private let report: @Sendable (ShipperEvent) -> Void

  private var buffer = EncodeBuffer()
  private var memory = LogLineMemory()
  private var records: [EncodedRecord] = []
  /// Resource and logger of each group of records, by its number.
  private var groups: [Group] = []
  private var turns: [LogSource.Turn] = []
  /// A dead process whose lines are being sent.
  private var current: DeadJournal?
  private var hasLargeBuffer = false

  private struct Group {
    /// Whether the records are of this process.
    let isOwn: Bool
    let logger: [UInt8]
    let prepared: PreparedResource
  }

  private final class Control: Sendable {
    let bell: Bell
    let state = Locked(State())

    init(_ bell: Bell) { self.bell = bell }

    struct State: Sendable {
      var stopBy: ContinuousClock.Instant?
      var flushes: UInt64 = 0
      /// Callers that wait until the lines before a position are sent.
      var flushMarks: [(end: UInt64, done: Countdown)] = []
      var dead: [DeadJournal] = []
      /// Whether everything was sent at the end; nil before the end.
      var sentAll: Bool?
      /// Callers that wait for the thread's end.
      var stops: [Countdown] = []
    }
    var stopBy: ContinuousClock.Instant? { state.withLock { $0.stopBy } }
    var flushes: UInt64 { state.withLock { $0.flushes } }

    /// Tells the callers whose lines are sent.
    func finishFlushes(isSent: (UInt64) -> Bool) {
      let marks = state.withLock { $0.flushMarks }
      guard !marks.isEmpty else { return }
      let sent = marks.filter { isSent($0.end) }.map(\.done)
      state.withLock { state in state.flushMarks.removeAll { mark in sent.contains { $0 === mark.done } } }
      for done in sent { done.finishPart() }
    }

    func end(sentAll: Bool) {
      let (marks, stops) = state.withLock { state in
        state.sentAll = sentAll
        defer { (state.flushMarks, state.stops) = ([], []) }
        return (state.flushMarks, state.stops)
      }
      for mark in marks { mark.done.finishPart(succeeded: sentAll) }
      for stop in stops { stop.finishPart(succeeded: sentAll) }
    }
  }

  /// - Parameters:
  ///   - resource: the resource of this process.
  ///   - settings: when records are sent: a second after the first one, or when a batch is full.
  ///   - report: called on the exporter's thread.
  /// - Throws: ``InvalidSenderSetting`` for an invalid setting of the sender.
  package init(
    encoder: any LogEncoder, resource: Resource, curl: CurlSettings, settings: ShipperSettings, source: LogSource,
    share: AdoptionShare, report: @escaping @Sendable (ShipperEvent) -> Void
  ) throws(InvalidSenderSetting) {
    self.encoder = encoder
    self.resource = resource
    self.settings = settings
    self.source = source
    self.share = share
    self.report = report
    let control = Control(source.bell)
    self.control = control
    sender = try BatchSender(
      encoder, curl: curl, leastBytes: settings.batchBytes, settings: settings.delivery, seed: settings.seed &+ 1
    ) { control.stopBy.map { $0 <= .now } ?? false }
    share.onAdoption { dead in
      control.state.withLock { $0.dead.append(dead) }
      control.bell.ring()
    }
  }

  /// Starts the thread. Call it once.
  package func start() throws(ShipperError) {
    let code = BackgroundThread.start("spoor-log-export") { self.run() }
    guard code == 0 else { throw ShipperError.noThread(code: code) }
  }

  /// Asks for the records so far to be sent without waiting for more. Returns at once.
  ///
  /// - Parameter done: is finished once they are sent, or refused for good. It fails if the thread ends before.
  package func flush(_ done: Countdown? = nil) {
    let end = source.end()
    let sentAll = control.state.withLock { state -> Bool? in
      state.flushes += 1
      if state.sentAll == nil, let done { state.flushMarks.append((end, done)) }
      return state.sentAll
    }
    if let sentAll { done?.finishPart(succeeded: sentAll) } else { control.bell.ring() }
  }

  /// Sends what there is within `timeout`, and ends the thread.
  ///
  /// - Returns: whether everything was sent.
  package func shutdown(timeout: Duration) async -> Bool {
    let deadline = ContinuousClock.now + timeout
    let ended = Countdown(1)
    beginShutdown(by: deadline, ended)
    return await ended.wait(until: deadline)
  }

  /// Begins a ``shutdown(timeout:)`` and returns at once.
  ///
  /// - Parameter ended: is finished when the thread has ended; it fails if not everything was sent.
  package func beginShutdown(by deadline: ContinuousClock.Instant, _ ended: Countdown) {
    let sentAll = control.state.withLock { state -> Bool? in
      if let sentAll = state.sentAll { return sentAll }
      state.stopBy = min(state.stopBy ?? deadline, deadline)
      state.stops.append(ended)
      return nil
    }
    if let sentAll { ended.finishPart(succeeded: sentAll) } else { control.bell.ring() }
  }

  // MARK: The thread

  private func run() {
    SignalMask.blockWriteSignals()
    var flushed: UInt64 = 0
    var began: ContinuousClock.Instant?
    let pause = min(max(settings.batchAge, .milliseconds(10)), .seconds(1)).nanoseconds
    while true {
      let rings = control.bell.count
      let (stopBy, flushes) = control.state.withLock { ($0.stopBy, $0.flushes) }
      // A batch's age counts from the moment at which lines were there first.
      let now = ContinuousClock.now
      if began == nil, !source.isEmpty() || hasDead { began = now }
      let isDue = began.map { $0 + settings.batchAge <= now } ?? false
      guard isDue || flushes != flushed || stopBy != nil || source.isUrgent() else {
        let isWoken = began == nil && source.ringsForFirst()
        control.bell.wait(after: rings, nanoseconds: isWoken ? Bell.forever : pause)
        continue
      }
      flushed = flushes
      began = nil
      if !sendAll() { break }
      control.finishFlushes(isSent: source.isSent)
      guard let stopBy else { continue }
      if stopBy <= .now || source.isEmpty() && !hasDead { break }
      // Some lines still wait for the names of their stacks.
      control.bell.wait(after: rings, nanoseconds: 10_000_000)
    }
    control.end(sentAll: source.isEmpty() && !hasDead && current == nil)
  }

  private var hasDead: Bool { control.state.withLock { !$0.dead.isEmpty } }

  /// Sends until nothing is left. Returns false if the time was over before.
  private func sendAll() -> Bool {
    while true {
      guard takeDead() || takeOwn() else { return true }
      var batch: [EncodedRecord] = []
      swap(&batch, &records)
      guard sender.send(&batch, for: self) else {
        if !turns.isEmpty { source.keep() }
        return false
      }
      settleTurn()
      clear()
    }
  }

  private func takeDead() -> Bool {
    let next = control.state.withLock { $0.dead.isEmpty ? nil : $0.dead.removeFirst() }
    guard let dead = next else { return false }
    current = dead
    for line in dead.linesToExport + dead.reports { encode(source.resolve(dead, line), of: dead) }
    sortRecords()
    return true
  }

  private func takeOwn() -> Bool {
    guard let turn = source.take(sender.batchBytes) else { return false }
    turns.append(turn)
    for lines in turn.lines { encode(lines, of: nil) }
    sortRecords()
    return true
  }

  private func settleTurn() {
    for turn in turns { turn.settle() }
    turns = []
    control.finishFlushes(isSent: source.isSent)
    if let current {
      current.markLinesExported()
      if !current.reports.isEmpty { current.markReported() }
      share.finish(current)
    }
    current = nil
  }

  private func clear() {
    records.removeAll(keepingCapacity: true)
    groups.removeAll(keepingCapacity: true)
    if hasLargeBuffer {
      buffer = EncodeBuffer()
      sender.releaseBody()
    } else {
      buffer.removeAll()
    }
    hasLargeBuffer = !sender.isAtLeast
  }

  /// Encodes lines of a dead process, or of this one.
  private func encode(_ lines: [UInt8], of dead: DeadJournal?) {
    let now = spoor_realtime_ns()
    unsafe lines.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let end = unsafe bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        defer { start = end + 1 }
        guard end > start else { continue }
        var group: UInt32 = 0
        let line = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let range = unsafe encoder.encode(line, now: now, memory: &memory, into: &buffer) { logger in
          group = self.group(logger, of: dead)
        }
        records.append(EncodedRecord(token: UInt64(records.count), bytes: range, resource: group))
      }
    }
  }

  /// The number of a logger's group. A turn has at most one dead process.
  private func group(_ logger: Text, of dead: DeadJournal?) -> UInt32 {
    for index in groups.indices where groups[index].isOwn == (dead == nil) {
      if unsafe groups[index].logger.withUnsafeBytes({ unsafe Text($0) == logger }) { return UInt32(index) }
    }
    let name = unsafe Array(logger.bytes)
    groups.append(
      Group(
        isOwn: dead == nil, logger: name,
        prepared: encoder.prepare(dead?.resource ?? resource, logger: String(decoding: name, as: UTF8.self))))
    return UInt32(groups.count - 1)
  }

  /// Puts the records of each group together, in their order.
  private func sortRecords() {
    guard groups.count > 1 else { return }
    records.sort { ($0.resource, $0.token) < ($1.resource, $1.token) }
  }
}

extension LogShipper: BatchOwner {
  var bell: Bell { control.bell }
  var stopBy: ContinuousClock.Instant? { control.stopBy }
  var flushes: UInt64 { control.flushes }
  var isSafe: Bool { source.isSafe() }

  func frame(_ records: ArraySlice<EncodedRecord>, as format: any BodyFormat, into body: inout GrowingBytes) {
    let runs = ResourceRun.runs(of: records) { groups[Int($0)].prepared }
    format.frame(runs, of: buffer.records, into: &body)
  }

  func addCompany(to delivery: inout BatchDelivery) {
    guard takeOwn() else { return }
    delivery.add(records)
    records.removeAll(keepingCapacity: true)
  }

  func settle(_ settled: BatchDelivery.Settled, _ records: [EncodedRecord]) {
    if settled.refused > 0 || !settled.message.isEmpty {
      report(.partlyAccepted(refused: settled.refused, message: settled.message))
    }
    if let dropped = settled.dropped { report(.rejected(status: dropped.status, reason: dropped.reason)) }
  }

  func answered(records: Int, bytes: Int, latency: Duration, failure: String?) {
    report(.answered(spans: records, bytes: bytes, latency: latency, failure: failure))
  }

  func tick() { report(.tick) }
}
