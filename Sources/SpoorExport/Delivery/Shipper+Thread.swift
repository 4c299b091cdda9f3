// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
import SpoorBase
import SpoorJournal

/// The loop of the shipper's thread, and the adoption of dead processes' journals.
extension Shipper {
  func run() {
    SignalMask.blockWriteSignals()
    var batchBegan: ContinuousClock.Instant?
    var spans: [EncodedRecord] = []
    var flushed: UInt64 = 0
    // A shipper without spans looks again after a batch's age. Spans that it finds then are due, and no span's end has
    // to wake it. If it finds none, it rests: the next span's end wakes it.
    let pause = min(max(settings.batchAge, .milliseconds(10)), .seconds(1))
    var activity = Activity.busy
    var lookedAt = ContinuousClock.now
    while true {
      let rings = control.bell.count
      tick()
      let callers = control.takeNewFlushes()
      // Read before the spans are collected: those that finished before a shutdown belong to it.
      let stopBy = control.stopBy
      collect()
      if !callers.isEmpty { markFlushes(of: callers) }
      if spans.isEmpty { finishFlushes() }
      encode(into: &spans)
      if stopBy == nil { encodeOpenSpans(into: &spans) }
      if spans.isEmpty {
        lookedAt = .now
        if let stopBy {
          // Lines of dead processes are safe in their files, so the shipper waits for them only while they are
          // accepted.
          let isReplaying = adopted.hasLines && lookedAt - lastReplay < .milliseconds(500)
          guard isReplaying || nameless.count > 0 || !preparing.isEmpty, stopBy > lookedAt else { break }
        }
        if adopted.hasLines || stopBy != nil || !flushMarks.isEmpty || journal.isNearlyFull {
          control.bell.wait(after: rings, nanoseconds: 10_000_000)
        } else if activity == .resting {
          control.bell.wait(after: rings, nanoseconds: restTime)
          journal.shipperIsAwake()
          activity = .idle
        } else if activity == .idle, mayRest {
          rest()
          activity = .resting  // Looks once more before it sleeps.
        } else {
          control.bell.wait(after: rings, nanoseconds: pause.nanoseconds)
          activity = .idle
        }
        continue
      }
      if activity == .resting { journal.shipperIsAwake() }
      activity = .busy
      let began = batchBegan ?? lookedAt
      batchBegan = began
      let flushes = control.flushes
      let due = began + settings.batchAge
      guard
        buffer.records.count >= batchBytes || due <= .now || stopBy != nil || flushes != flushed
          || !flushMarks.isEmpty || journal.isNearlyFull
      else {
        control.bell.wait(after: rings, nanoseconds: (due - .now).nanoseconds)
        continue
      }
      flushed = flushes
      let isOver = !(sender?.send(&spans, for: self) ?? true)
      batchBegan = nil
      lookedAt = .now
      releaseLargeBuffers()
      buffer.removeAll()
      if isOver { break }
    }
    collect()
    for dead in preparing.values { dead.endReading() }
    finishFlushes()
    for mark in flushMarks { mark.done.finishPart(succeeded: false) }
    control.end(lastFailure: sender?.lastFailure)
  }

  private enum Activity {
    case busy
    /// It found nothing to send.
    case idle
    /// The next span wakes it.
    case resting
  }

  /// Whether nothing but a finished span, a caller or another thread needs this one.
  private var mayRest: Bool {
    adopted.paths.isEmpty && preparing.isEmpty && nameless.count == 0 && (adoption == nil || !hasMoreToAdopt)
  }

  /// Declares that this thread sleeps until it is woken.
  private func rest() {
    if sharing.exporter > 0 { sharing.fanOut?.rest(sharing.exporter) } else { journal.shipperRests() }
  }

  /// How long this thread may sleep while there is nothing to do, in nanoseconds. One exporter looks around for all;
  /// while a span is open, it writes the heartbeat each second.
  private var restTime: UInt64 {
    guard sharing.exporter == 0 else { return Bell.forever }
    let interval = settings.idleInterval?.nanoseconds ?? Bell.forever
    return journal.hasUnfinishedSpans ? min(interval, 1_000_000_000) : interval
  }

  /// The end of the queue, as ``FlushMark`` counts it.
  private var queueEnd: UInt64 { queueBase + UInt64(queue.count) }

  /// Notes that callers wait for everything that has finished by now.
  private func markFlushes(of callers: [Countdown]) {
    let end = queueEnd
    flushMarks += callers.map { FlushMark(end: end, done: $0) }
  }

  /// Tells the callers whose spans are settled. Called only while no encoded span waits to be sent.
  private func finishFlushes() {
    guard !flushMarks.isEmpty, nameless.count == 0 else { return }
    let settled = queueBase + UInt64(queueStart)
    for mark in flushMarks where mark.end <= settled { mark.done.finishPart() }
    flushMarks.removeAll { $0.end <= settled }
  }

  /// About once a second, or each ``ShipperSettings/idleInterval`` while there is nothing to do: beats, replays
  /// lines and reports. Once a minute it looks for journals left by dead processes.
  func tick() {
    journal.beat()
    for dead in control.takePrepared() { add(dead) }
    if let adoption, nextAdoption <= .now || (hasMoreToAdopt && adopted.isNearlyEmpty && preparing.isEmpty) {
      adopt(adoption)
    }
    adopted.resumePostponed(now: .now)
    relieve()
    if adopted.replayLines(isSafe: journal.isKept, replay) > 0 { lastReplay = .now }
    control.state.withLock { $0.lastFailure = sender?.lastFailure }
    if sharing.exporter == 0 { report(.tick) }
  }

  /// Gives up spans that every other exporter has settled, if the journal is nearly full and our collector accepts
  /// nothing.
  func relieve() {
    guard let fanOut = sharing.fanOut, sender?.lastFailure != nil, journal.isNearlyFull else { return }
    var given: [UInt32] = []
    while queueStart < queue.count, given.count < 4096, fanOut.isLast(queue[queueStart]) {
      given.append(queue[queueStart])
      queueStart += 1
    }
    fanOut.settle(given, .behind)
    fanOut.relieve(sharing.exporter)
  }

  func adopt(_ adoption: JournalAdoption) {
    nextAdoption = .now + settings.adoptionInterval
    take(
      adoption.adopt(
        excluding: adopted.paths.union(preparing.keys),
        taking: adopted.memoryBytes + preparing.values.reduce(0) { $0 + $1.memoryBytes }))
  }

  func take(_ found: JournalAdoption.Found) {
    hasMoreToAdopt = found.hasMore
    for dead in found.journals {
      journal.add(dead.entries.count, to: .adopted)
      prepare(dead)
    }
    for (name, reason) in found.rejected { report(.fileRejected(name: name, reason: reason)) }
    for file in found.removed {
      journal.add(file.spans, to: .adopted)
      journal.add(file.spans, to: .adoptedRemoved)
      report(.fileRemoved(file))
    }
  }

  /// Has the names of a dead process's stacks read before its spans are encoded. If no thread can read them, the spans
  /// are encoded at once.
  func prepare(_ dead: DeadJournal) {
    if let names, names.prepare(dead, { [control] in control.isPrepared(dead) }) {
      preparing[dead.path] = dead
    } else {
      add(dead)
    }
  }

  func add(_ dead: DeadJournal) {
    preparing[dead.path] = nil
    if sharing.exporter == 0 {
      report(.adopted(dead))
      sharing.adoption.share(dead)
    }
    let style = style?(dead) ?? DeadJournalStyle(encoder: encoder)
    dead.endReading()
    adopted.add(dead, style, shipsSpans: sender != nil)
  }

  /// Takes the finished spans out of the journal.
  func collect() {
    if queueStart == queue.count {
      queueBase += UInt64(queueStart)
      queue.removeAll(keepingCapacity: true)
      queueStart = 0
    } else if queueStart > 65_536 {
      queueBase += UInt64(queueStart)
      queue.removeFirst(queueStart)
      queueStart = 0
    }
    if let fanOut = sharing.fanOut {
      fanOut.take(sharing.exporter, into: &queue)
    } else {
      journal.takeFinished(into: &queue)
    }
    looksForStacks = names != nil && journal.count(.stacks) > 0
    // The last fifth of the remaining time is kept for the collector.
    if let stopBy = control.stopBy {
      let rest: Duration = stopBy - ContinuousClock.now
      nameless.hurry(until: stopBy - rest / 5)
    }
    if !flushMarks.isEmpty { nameless.hurry(until: .now + settings.flushPatience) }
    goesWithoutNames = nameless.areDue || journal.isHalfFull
    if nameless.count > 0, control.takeNewNames() || goesWithoutNames {
      nameless.takeAll(into: &queue)
      // Spans of before the flush are at the queue's end now.
      for index in flushMarks.indices { flushMarks[index].end = queueEnd }
    }
  }
}
