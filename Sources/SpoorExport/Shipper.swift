internal import CSpoor
import SpoorBytes
package import SpoorJournal

/// The thread that takes finished spans out of the journal, encodes them, sends them, and frees their slots once a
/// collector has them.
///
/// Until then a span stays in the journal: a collector that is down costs 4 bytes a span here and nothing on the
/// service's side. The service never waits for this thread; it only ever rings a bell.
///
/// Shutting down sends what it can within the time it is given; the rest stays in the journal and is counted.
@safe
package final class Shipper: @unchecked Sendable {  // `Control` is shared; all else belongs to the thread alone.
  private let journal: Journal
  private let resource: PreparedResource
  /// Looks for what dead processes left; nil in memory mode.
  private let adoption: JournalAdoption?
  private let encoder: any SpanEncoder
  private let settings: ShipperSettings
  private let sender: CurlSender
  private let control: Control
  private let report: @Sendable (ShipperEvent) -> Void
  /// Takes a line of a dead process; false where there is no room for it now.
  private let replay: @Sendable (DeadJournal, [UInt8]) -> Bool
  private let style: (@Sendable (DeadJournal) -> LegacyStyle)?
  private let names: StackNames?

  // The thread's own, but for the time before it starts.
  private var policy: DeliveryPolicy
  private var queue: [UInt32] = []
  private var queueStart = 0
  /// Spans whose stacks wait for their names, and until when.
  private var nameless: [UInt32] = []
  private var namesDue: ContinuousClock.Instant?
  /// Whether any span has had a stack by now: until then none is looked at for one.
  private var looksForStacks = false
  private var buffer = EncodeBuffer()
  private var body = GrowingBytes()
  private var lastFailure: String?
  private var estate = Estate()
  private var nextAdoption = ContinuousClock.now
  private var nextLookAtOpenSpans = ContinuousClock.now

  /// What other threads say to this one.
  private final class Control: Sendable {
    let bell: Bell
    let state = Locked(State())
    struct State: Sendable {
      var flushes = 0
      var stopBy: ContinuousClock.Instant?
      var rest: ShipperRest?
      var waiters: [CheckedContinuation<ShipperRest, Never>] = []
    }
    init(bell: Bell) { self.bell = bell }

    var stopBy: ContinuousClock.Instant? { state.withLock { $0.stopBy } }
    var flushes: Int { state.withLock { $0.flushes } }
  }

  /// - Parameters:
  ///   - names: whether stacks can be named without a wait; nil for always.
  ///   - style: how a dead process's spans are encoded; nil for as ours are.
  ///   - replay: takes a line that a dead process had not written, on the shipper's thread; says false where there is no
  ///     room for it now.
  ///   - report: is told what happens, on the shipper's thread.
  /// - Throws: ``InvalidSenderSetting`` for a setting of the sender that makes no sense.
  package init(
    journal: Journal, resource: Resource, encoder: any SpanEncoder, curl: CurlSettings,
    settings: ShipperSettings = ShipperSettings(), adoption: JournalAdoption? = nil, names: StackNames? = nil,
    style: (@Sendable (DeadJournal) -> LegacyStyle)? = nil,
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
    let control = Control(bell: journal.bell)
    self.control = control
    sender = try CurlSender(settings: curl) { control.stopBy.map { $0 <= .now } ?? false }
    policy = DeliveryPolicy(endpoints: curl.endpoints.count, settings: settings.delivery, seed: settings.seed)
  }

  /// Starts the thread. Call it once.
  package func start() throws(ShipperError) {
    // Processes that die sooner than their thread looks around must not fill the disk.
    if let adoption, adoption.isOverLimit { adopt(adoption) }
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let code = unsafe spoor_thread_start(
      "spoor-shipper",
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Shipper>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    guard code == 0 else {
      unsafe Unmanaged<Shipper>.fromOpaque(context).release()
      throw ShipperError.noThread(code: code)
    }
  }

  /// Asks for what has finished to be sent now, without waiting for company. Returns at once.
  package func flush() {
    control.state.withLock { $0.flushes += 1 }
    control.bell.ring()
  }

  /// Sends what has finished, within `timeout`, and ends the thread. A second call gets the first one's answer.
  package func shutdown(timeout: Duration) async -> ShipperRest {
    await withCheckedContinuation { continuation in
      let rest: ShipperRest? = control.state.withLock { state in
        if let rest = state.rest { return rest }
        let stopBy = ContinuousClock.now + timeout
        state.stopBy = min(state.stopBy ?? stopBy, stopBy)
        state.waiters.append(continuation)
        return nil
      }
      if let rest { continuation.resume(returning: rest) } else { control.bell.ring() }
    }
  }

  // MARK: The thread

  private func run() {
    SignalMask.blockSIGPIPE()
    var batchBegan: ContinuousClock.Instant?
    var spans: [EncodedSpan] = []
    var flushed = 0
    // With nothing to do it looks again after a batch's age: what it finds then has waited long enough, and no span's end
    // has to wake anybody.
    let idle = min(max(settings.batchAge, .milliseconds(10)), .seconds(1))
    var lookedAt = ContinuousClock.now
    while true {
      let rings = control.bell.count
      tick()
      collect()
      let stopBy = control.stopBy
      encode(into: &spans)
      if stopBy == nil { encodeOpenSpans(into: &spans) }
      if spans.isEmpty {
        lookedAt = .now
        if let stopBy {
          guard estate.hasLines || !nameless.isEmpty, stopBy > lookedAt else { break }
        }
        let isUrgent = estate.hasLines || stopBy != nil || journal.isNearlyFull
        let pause = isUrgent ? .milliseconds(10) : idle
        control.bell.wait(after: rings, nanoseconds: pause.nanoseconds)
        continue
      }
      let began = batchBegan ?? lookedAt
      batchBegan = began
      let flushes = control.flushes
      let due = began + settings.batchAge
      guard
        buffer.spans.count >= settings.batchBytes || due <= .now || stopBy != nil || flushes != flushed
          || journal.isNearlyFull
      else {
        control.bell.wait(after: rings, nanoseconds: (due - .now).nanoseconds)
        continue
      }
      flushed = flushes
      let isOver = !deliver(&spans)
      batchBegan = nil
      lookedAt = .now
      buffer.removeAll()
      if isOver { break }
    }
    finish(held: spans.count { !Estate.isForeign($0.token) })
  }

  private func finish(held: Int) {
    collect()
    let rest = ShipperRest(
      undelivered: held + queue.count - queueStart + nameless.count + estate.remaining, isKept: journal.isInFile,
      lastFailure: lastFailure)
    if journal.isInFile, journal.heldCount == 0 { journal.removeFile() }
    let waiters = control.state.withLock { state in
      state.rest = rest
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(returning: rest) }
  }

  /// About once a second: a sign of life, a look at the counts, and once a minute one at what dead processes left.
  private func tick() {
    journal.beat()
    if let adoption, nextAdoption <= .now { adopt(adoption) }
    estate.replayLines(replay)
    report(.tick)
  }

  private func adopt(_ adoption: JournalAdoption) {
    nextAdoption = .now + settings.adoptionInterval
    let found = adoption.adopt(excluding: estate.names)
    for dead in found.journals {
      report(.adopted(dead))
      estate.add(dead, style?(dead) ?? LegacyStyle(encoder: encoder))
    }
    for (name, reason) in found.rejected { report(.fileRejected(name: name, reason: reason)) }
    for (name, bytes, lines) in found.removed { report(.fileRemoved(name: name, bytes: bytes, lines: lines)) }
  }

  /// Takes what has finished.
  private func collect() {
    if queueStart == queue.count {
      queue.removeAll(keepingCapacity: true)
      queueStart = 0
    } else if queueStart > 65_536 {
      queue.removeFirst(queueStart)
      queueStart = 0
    }
    journal.takeFinished(into: &queue)
    looksForStacks = names != nil && journal.count(.stacks) > 0
    if !nameless.isEmpty, mayEncodeStacks {
      queue.append(contentsOf: nameless)
      nameless.removeAll()
    }
  }

  /// Whether spans with stacks are encoded now: names are there, have been waited for long enough, or time is short.
  private var mayEncodeStacks: Bool {
    guard let names, !names.areReady() else { return true }
    return control.stopBy != nil || namesDue.map { $0 <= .now } ?? false
  }

  /// Puts a span aside whose stack has no names yet, and has them read.
  private func putAside(_ index: UInt32) -> Bool {
    guard let names, !mayEncodeStacks else { return false }
    let addresses = journal.withFinished(index) { record in
      record.fields.first { $0.kind == .attribute && $0.type == .addresses }
        .map { field in unsafe (0..<field.value.count / 8).map { field.word($0) } }
    }
    guard let addresses else { return false }
    if namesDue == nil { namesDue = .now + names.patience }
    names.prepare(addresses) { [control] in control.bell.ring() }
    nameless.append(index)
    return true
  }

  /// Encodes until a batch is full: what dead processes left first, it is older.
  private func encode(into spans: inout [EncodedSpan]) {
    while buffer.spans.count < settings.batchBytes, estate.hasMore {
      if let span = encodeNextOfOthers() { spans.append(span) }
    }
    encodeQueue(until: settings.batchBytes, atMost: .max, &buffer, into: &spans)
  }

  /// Spans that are open for so long that something may be wrong with them: as they are so far, once. They hold no slot
  /// of their own: what is not sent before the process ends is reported by the next start, as interrupted.
  private func encodeOpenSpans(into spans: inout [EncodedSpan]) {
    guard let age = settings.openSpanAge, nextLookAtOpenSpans <= .now else { return }
    nextLookAtOpenSpans = .now + min(max(age / 10, .milliseconds(10)), .seconds(60))
    let now = spoor_monotonic_ns()
    guard age.nanoseconds < now else { return }
    let count = journal.reportOpenSpans(startedBefore: now - age.nanoseconds) { record in
      guard let bytes = encoder.encodeSpan(record, resource: resource, into: &buffer) else { return }
      spans.append(EncodedSpan(token: Estate.unowned, bytes: bytes))
    }
    if count > 0 { report(.openSpansReported(count)) }
  }

  /// Takes the next span of a dead process; nil where its record cannot be a span.
  private func encodeNextOfOthers() -> EncodedSpan? {
    guard let (token, dead, entry, style, resource) = estate.next() else { return nil }
    let bytes: Range<Int>? = dead.withRecord(entry, adding: style.attributes(of: entry)) { record in
      style.encoder.encodeSpan(record, resource: resource, into: &buffer)
    }.flatMap { $0 }
    if let bytes { return EncodedSpan(token: token, bytes: bytes) }
    estate.settle(token)
    report(.unusable)
    return nil
  }

  /// Takes our own spans, until there are so many bytes or so many spans. The buffer is handed over, for Swift checks each
  /// access to an object's own.
  private func encodeQueue(
    until byteCount: Int, atMost limit: Int, _ buffer: inout EncodeBuffer, into spans: inout [EncodedSpan]
  ) {
    let queue = queue
    var position = queueStart
    var left = limit
    while position < queue.count, left > 0, buffer.spans.count < byteCount {
      let index = queue[position]
      position += 1
      left -= 1
      if looksForStacks, putAside(index) { continue }
      let later = queue[min(position + 4, queue.count - 1)]
      let bytes = journal.encodeFinished(index, before: later) {
        encoder.encodeSpan($0, resource: resource, into: &buffer)
      }
      if let bytes {
        spans.append(EncodedSpan(token: UInt64(index), bytes: bytes))
      } else {
        journal.free(index, .rejected)
        report(.unusable)
      }
    }
    queueStart = position
  }

  /// Sends a batch until every span of it is settled. Returns false where the time was over before; `spans` are then
  /// those that are still held.
  private func deliver(_ spans: inout [EncodedSpan]) -> Bool {
    var delivery = BatchDelivery(spans)
    while true {
      let rings = control.bell.count
      let stopBy = control.stopBy
      if stopBy != nil { policy.retryAtOnce() }
      if let stopBy, stopBy <= .now { break }
      switch delivery.next(now: .now, policy: &policy) {
      case .done:
        spans.removeAll(keepingCapacity: true)
        return true
      case .wait(let instant):
        tick()
        if delivery.needsCompany { addCompany(to: &delivery) }
        // Bells only matter here when they say stop; the back-off is not shortened by spans that finish.
        let until = min(instant, stopBy ?? instant, .now + .seconds(1))
        control.bell.wait(after: rings, nanoseconds: max((until - .now).nanoseconds, 1_000_000))
      case .send(let range, let endpoint):
        encoder.framing.frame(delivery.spans[range], of: buffer.spans, into: &body)
        let began = ContinuousClock.now
        let outcome = sender.send(
          body, contentType: encoder.contentType, to: endpoint, timeout: stopBy.map { $0 - began })
        let settled = delivery.record(outcome, now: .now, policy: &policy)
        note(outcome, spans: settled.delivered?.count ?? 0, latency: .now - began)
        settle(settled, delivery.spans)
      }
    }
    spans = delivery.held.flatMap { delivery.spans[$0] }
    return false
  }

  /// More spans for a delivery that needs some to tell whose fault the collector's answer is.
  private func addCompany(to delivery: inout BatchDelivery) {
    collect()
    var more: [EncodedSpan] = []
    for _ in 0..<16 where estate.hasMore {
      if let span = encodeNextOfOthers() { more.append(span) }
    }
    encodeQueue(until: .max, atMost: max(16 - more.count, 0), &buffer, into: &more)
    delivery.add(more)
  }

  private func note(_ outcome: SendOutcome, spans: Int, latency: Duration) {
    var failure: String?
    switch outcome {
    case .delivered: lastFailure = nil
    case .rejected(_, let reason), .retryLater(_, _, let reason):
      failure = reason
      // That our own time was over says nothing about the collector.
      if lastFailure == nil || control.stopBy.map({ $0 > .now }) ?? true { lastFailure = reason }
    }
    report(.answered(spans: spans, bytes: body.count, latency: latency, failure: failure))
  }

  private func settle(_ settled: BatchDelivery.Settled, _ spans: [EncodedSpan]) {
    if let delivered = settled.delivered {
      var own = FreedSlots()
      for span in spans[delivered] {
        if Estate.isForeign(span.token) {
          estate.settle(span.token)
        } else {
          journal.free(UInt32(truncatingIfNeeded: span.token), .delivered, with: &own)
        }
      }
      journal.give(&own)
    }
    if let dropped = settled.dropped {
      let token = spans[dropped.index].token
      if Estate.isForeign(token) {
        estate.settle(token)
      } else {
        journal.free(UInt32(truncatingIfNeeded: token), .rejected)
      }
      report(.rejected(status: dropped.status, reason: dropped.reason))
    }
  }
}

/// The shipper could not be started.
package enum ShipperError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The system gave no thread.
  case noThread(code: Int32)

  package var description: String {
    switch self {
    case .noThread(let code): "no thread for the shipper (errno \(code)): expected room for one more"
    }
  }
}
