internal import CSpoor

/// The store of records of one process: spans from their start until a collector has them.
///
/// Threads: every method may be called from any thread, except those marked as the shipper's. Nothing here blocks for
/// longer than a copy of some hundred bytes, and nothing allocates on the way of a span.
///
/// What is lost: a span that finds no free slot is not recorded, and counted as ``JournalCounter/droppedFull``; a field
/// that finds no room is dropped and counted in its span. In memory mode a span is lost with the process.
@safe
package final class Journal: @unchecked Sendable {  // Slots are written under their locks; the rest is constant.
  package let layout: JournalLayout
  /// Bytes of fields that one span may have.
  package let maximumSpanBytes: Int
  /// Rung when there is enough to ship, so that the shipper need not wait for its timer.
  package let bell = Bell()

  private let mapping: JournalMapping
  let slots: SlotMemory
  let pool: SlotPool
  let counters = JournalCounters()
  /// In a forked child the mapping is memory of its own without a shipper: nothing is recorded there.
  private let forkCount: UInt32
  /// Every how many finished spans of a shard the bell is rung, before they fill a small journal: a power of two, less one.
  private let bellMask: UInt64

  /// A journal in anonymous memory.
  ///
  /// - Parameters:
  ///   - layout: how large it is; pages are only used as they are needed.
  ///   - maximumSpanBytes: bytes of fields one span may have, 400 to 65 528; rounded down to a multiple of 8.
  package convenience init(layout: JournalLayout, maximumSpanBytes: Int = 32 << 10) throws(JournalError) {
    self.init(
      layout, maximumSpanBytes, try JournalMapping(anonymousBytes: layout.totalBytes),
      try FinishedSlots(slots: layout.slotCount))
  }

  /// A journal in a new file of a directory: what is in it survives the process.
  ///
  /// - Parameter resource: under which a later process ships what this one leaves.
  package convenience init(
    layout: JournalLayout, directory: JournalDirectory, resource: Resource, maximumSpanBytes: Int = 32 << 10
  ) throws(JournalFileError) {
    let finished: FinishedSlots
    do { finished = try FinishedSlots(slots: layout.slotCount) } catch {
      let code: Int32 = if case .noMemory(_, let code) = error { code } else { 0 }
      throw .system("mmap", "of \(layout.slotCount) slots", code)
    }
    let mapping = try unsafe JournalMapping(directory, byteCount: layout.totalBytes) { base in
      unsafe JournalHeader.write(base, layout: layout, resource: resource, processID: SystemFacts.processID)
    }
    self.init(layout, maximumSpanBytes, mapping, finished)
  }

  private init(
    _ layout: JournalLayout, _ maximumSpanBytes: Int, _ mapping: JournalMapping, _ finished: FinishedSlots
  ) {
    self.layout = layout
    self.maximumSpanBytes = min(max(maximumSpanBytes, SlotLayout.headCapacity), 65_528) & ~7
    self.mapping = mapping
    unsafe slots = SlotMemory(base: mapping.base + layout.slotsOffset, count: UInt32(layout.slotCount))
    pool = SlotPool(slots: slots, finished: finished)
    bellMask = 1 << UInt64(min(512, max(1, layout.slotCount / 64)).binaryLogarithm) - 1
    forkCount = spoor_fork_count()
  }

  /// Whether what is in the journal survives the process.
  package var isInFile: Bool { mapping.fileName != nil }

  /// Pages of the file that had to be replaced by memory: somebody truncated it, or the disk gave up. Spans in them are
  /// as safe as in memory mode.
  package var lostPages: Int { mapping.lostPages }

  /// A sign of life in the file's header, for the duration of spans that this process does not end.
  package func beat() {
    guard isInFile, spoor_fork_count() == forkCount else { return }
    unsafe JournalHeader.beat(mapping.base)
  }

  /// Lets go of the file's lock, as the end of the process would. For tests that play two processes in one.
  package func releaseFileForTesting() { mapping.unlock() }

  /// Takes the file away: everything in it is delivered.
  package func removeFile() { mapping.removeFile() }

  /// The memory for what a signal handler writes, 64 KiB.
  package var crashMemory: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: mapping.base + layout.crashOffset, count: JournalLayout.crashBytes)
  }

  /// The memory for the ring of log lines.
  package var logRingMemory: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: mapping.base + layout.logRingOffset, count: layout.logRingBytes)
  }

  /// How often something happened since the journal was made.
  package func count(_ counter: JournalCounter) -> UInt64 { counters.total(counter) }

  /// Spans that have a slot: open, undecided, finished and not yet delivered.
  package var heldCount: UInt64 {
    let gone = count(.delivered) + count(.rejected) + count(.discarded)
    let opened = count(.opened)
    return opened > gone ? opened - gone : 0
  }

  /// Bytes of slots in use.
  package var usedBytes: UInt64 {
    let freed = count(.extensionsFreed)
    let taken = count(.extensionsTaken)
    return (heldCount + (taken > freed ? taken - freed : 0)) * UInt64(SlotLayout.size)
  }

  /// Whether less than a quarter of the slots is free: what has finished should leave without waiting for company.
  package var isNearlyFull: Bool { usedBytes > UInt64(layout.slotCount) * UInt64(SlotLayout.size) / 4 * 3 }

  /// Counts a span that the sampler left out.
  package func countSampledOut() { counters.add(.sampledOut) }

  // MARK: A span's life

  /// Records a span that starts. Returns ``SlotReference/none``, and counts it, where the journal is full.
  ///
  /// - Parameters:
  ///   - name: the operation's.
  ///   - function: `#function` of the place where it starts; with an empty `fileID` no place is kept.
  ///   - fileID: `#fileID` of that place.
  ///   - line: `#line` of it.
  package func open(
    _ start: borrowing SpanStart, name: String, function: String = "", fileID: String = "", line: UInt = 0
  ) -> SlotReference {
    guard spoor_fork_count() == forkCount else { return .none }
    guard let index = pool.take() else {
      counters.add(.droppedFull)
      bell.ring()  // What has finished can make room.
      // In the file as well: should the process die before it has said so, the next start does.
      unsafe _ = spoor_add64_relaxed((mapping.base + JournalHeader.dropped).assumingMemoryBound(to: UInt64.self), 1)
      return .none
    }
    counters.add(.opened)
    slots.write(start.traceIDHigh, index, SlotLayout.traceIDHigh)
    slots.write(start.traceIDLow, index, SlotLayout.traceIDLow)
    slots.write(start.spanID, index, SlotLayout.spanID)
    slots.write(start.parentSpanID, index, SlotLayout.parentSpanID)
    slots.write(start.startNanoseconds, index, SlotLayout.start)
    slots.write(UInt64(0), index, SlotLayout.duration)
    slots.write(start.startMonotonic, index, SlotLayout.startMonotonic)
    slots.write(UInt32(start.kind.rawValue) | UInt32(start.flags.rawValue) << 8, index, SlotLayout.kind)
    slots.write(spoor_thread_id(), index, SlotLayout.threadID)
    slots.write(UInt64(0), index, SlotLayout.droppedAttributes)
    slots.write(start.parent.index, index, SlotLayout.parentSlot)
    slots.write(start.parent.generation, index, SlotLayout.parentGeneration)
    slots.write(start.task, index, SlotLayout.task)
    unsafe spoor_store32_relaxed(slots.word32(index, SlotLayout.next), 0)
    unsafe spoor_store32_relaxed(slots.word32(index, SlotLayout.length), 0)
    let reference = SlotReference(index: index, generation: slots.generation(index))
    // Nobody else holds this reference yet: the first fields need no lock.
    let writer = writer(index)
    writer.begin(name)
    if !fileID.isEmpty { writer.begin(function: function, fileID: fileID, line: line) }
    slots.setState(.open, index)
    return reference
  }

  /// Runs `body` with the span's lock held, if the span is still open; otherwise returns nil.
  ///
  /// `body` must be short and must not call out to a user's code.
  package func write<Result>(_ reference: SlotReference, _ body: (SpanWriter) -> Result) -> Result? {
    guard let writer = beginWriting(reference) else { return nil }
    defer { endWriting(reference) }
    return body(writer)
  }

  /// Takes the span's lock, if the span is still open: ``endWriting(_:)`` must follow soon, on the same thread.
  package func beginWriting(_ reference: SlotReference) -> SpanWriter? {
    guard !reference.isNone else { return nil }
    slots.lock(reference.index)
    guard slots.isOpen(reference) else {
      slots.unlock(reference.index)
      return nil
    }
    return writer(reference.index)
  }

  /// Lets go of the lock that ``beginWriting(_:)`` took.
  package func endWriting(_ reference: SlotReference) { slots.unlock(reference.index) }

  /// The same for a span that has ended as ``Ending/undecided`` and is still in the hands of whoever ended it: nobody else
  /// writes to it any more.
  package func beginChanging(_ reference: SlotReference) -> SpanWriter? {
    guard !reference.isNone else { return nil }
    slots.lock(reference.index)
    if slots.state(reference.index) == SlotState.undecided.rawValue,
      slots.generation(reference.index) == reference.generation
    {
      return writer(reference.index)
    }
    slots.unlock(reference.index)
    return nil
  }

  @inline(__always)
  private func writer(_ index: UInt32) -> SpanWriter {
    SpanWriter(stream: FieldStream(slots: slots, head: index, journal: self))
  }

  /// Whether the span is open at this moment.
  package func isOpen(_ reference: SlotReference) -> Bool { !reference.isNone && slots.isOpen(reference) }

  /// How an ended span goes on.
  package enum Ending: Sendable {
    /// To the collector.
    case finished
    /// Nowhere until ``Journal/decide(_:keep:)``.
    case undecided
    /// Nowhere: a hook did not want it.
    case discarded
  }

  /// Ends the span. Returns false where it had ended already: an end counts once.
  package func end(
    _ reference: SlotReference, durationNanoseconds: UInt64, flags: SpanRecordFlags = SpanRecordFlags(),
    as ending: Ending = .finished
  ) -> Bool {
    guard !reference.isNone else { return false }
    let index = reference.index
    slots.lock(index)
    guard slots.isOpen(reference) else {
      slots.unlock(index)
      return false
    }
    slots.write(durationNanoseconds, index, SlotLayout.duration)
    if flags.rawValue != 0 {
      slots.write(slots.read(index, SlotLayout.flags, as: UInt8.self) | flags.rawValue, index, SlotLayout.flags)
    }
    slots.setState(ending == .finished ? .finished : .undecided, index)
    slots.unlock(index)
    counters.add(.ended)
    switch ending {
    case .finished: hand(index)
    case .undecided: break
    case .discarded: discard(index)
    }
    return true
  }

  /// Decides about a span that ended as ``Ending/undecided``: kept for a reason, or, with nil, discarded.
  package func decide(_ reference: SlotReference, keep reason: KeptReason?) {
    let index = reference.index
    guard !reference.isNone, slots.state(index) == SlotState.undecided.rawValue,
      slots.generation(index) == reference.generation
    else { return }
    guard let reason else { return discard(index) }
    slots.lock(index)
    slots.write(reason.rawValue, index, SlotLayout.kept)
    slots.setState(.finished, index)
    slots.unlock(index)
    hand(index)
  }

  private func hand(_ index: UInt32) {
    if pool.pushFinished(index) & bellMask == 0 { bell.ring() }
  }

  private func discard(_ index: UInt32) {
    counters.add(.discarded)
    var freed = FreedSlots()
    freeChain(index, with: &freed)
    give(&freed)
  }

  /// The names of the spans from the outermost one down to this, as far as their slots are still theirs: those of spans
  /// that are open, or have ended and are not delivered yet.
  package func namesOfChain(endingAt reference: SlotReference, limit: Int) -> [String] {
    var names: [String] = []
    var current = reference
    while current.index < slots.count, names.count < limit {
      let index = current.index
      slots.lock(index)
      defer { slots.unlock(index) }
      // The slot's lock is taken before it is freed: what is ours now stays ours until it is let go of.
      guard slots.state(index) != SlotState.free.rawValue,
        slots.generation(index) == current.generation
      else { break }
      names.append(SlotReader(slots: slots).withRecord(index) { $0.name ?? "" })
      current = SlotReference(
        index: slots.read(index, SlotLayout.parentSlot), generation: slots.read(index, SlotLayout.parentGeneration))
    }
    return names.reversed()
  }

  // MARK: The shipper's side

  /// Takes the spans that have finished since the last call, in the order of their ends per thread. The shipper's.
  package func takeFinished(into indices: inout [UInt32]) { pool.takeFinished(into: &indices) }

  /// Hands a finished span to `body`. The shipper's, for a slot from ``takeFinished(into:)`` that is not yet freed.
  package func withFinished<Result>(_ index: UInt32, _ body: (SpanRecord) throws -> Result) rethrows -> Result {
    try SlotReader(slots: slots).withRecord(index, body)
  }

  /// The same for an encoder, which says where it put the span: what is generic is slower in another module.
  ///
  /// - Parameter later: a span whose turn comes soon: it lies in another processor's cache, mostly.
  package func encodeFinished(
    _ index: UInt32, before later: UInt32, _ body: (SpanRecord) -> Range<Int>?
  ) -> Range<Int>? {
    unsafe spoor_prefetch_to_read(slots.address(later), 384)
    return SlotReader(slots: slots).withRecord(index, body)
  }

  /// Frees a span's slots: a collector has it, or none ever will. The shipper's.
  package func free(_ index: UInt32, _ outcome: Delivery) {
    var freed = FreedSlots()
    free(index, outcome, with: &freed)
    give(&freed)
  }

  /// The same for many spans: their slots can be taken again, and are counted, after ``give(_:)`` at the latest.
  package func free(_ index: UInt32, _ outcome: Delivery, with freed: inout FreedSlots) {
    if outcome == .delivered { freed.delivered += 1 } else { freed.rejected += 1 }
    freeChain(index, with: &freed)
  }

  /// Gives back what was freed.
  package func give(_ freed: inout FreedSlots) {
    pool.give(&freed)
    if freed.delivered > 0 { counters.add(.delivered, freed.delivered) }
    if freed.rejected > 0 { counters.add(.rejected, freed.rejected) }
    if freed.extensions > 0 { counters.add(.extensionsFreed, freed.extensions) }
    freed = FreedSlots()
  }

  /// What became of a span that was shipped.
  package enum Delivery: Sendable { case delivered, rejected }

  private func freeChain(_ head: UInt32, with freed: inout FreedSlots) {
    var link = head + 1
    while link != 0 {
      let index = link - 1
      link = slots.read(index, SlotLayout.next)
      slots.lock(index)
      slots.raiseGeneration(index)
      slots.setState(.free, index)
      slots.unlock(index)
      pool.add(index, to: &freed)
      if index != head { freed.extensions += 1 }
    }
  }
}
