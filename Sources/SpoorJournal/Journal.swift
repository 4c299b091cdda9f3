// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import SpoorBase

/// The store of records of one process: spans from their start until a collector has them.
///
/// Threads: every method may be called from any thread, except those marked as the shipper's. No method blocks for
/// longer than copying some hundred bytes, and none that records a span allocates.
///
/// Losses: a span without a free slot is not recorded and counted as ``JournalCounter/droppedFull``. A field without
/// room is dropped and counted in its span. In memory mode, spans are lost with the process.
@safe
package final class Journal: @unchecked Sendable {  // Slots are written under their locks; the rest is constant.
  package let layout: JournalLayout
  /// The maximum size of a span's attributes, events and links in bytes, without the ``SpanReserve``.
  package let maximumSpanBytes: Int
  /// The range of ``maximumSpanBytes``. With ``SpanReserve`` the maximum is what a record's length field can express.
  package static let spanBytes = 400...65_528 - SpanReserve.total
  /// The default of ``maximumSpanBytes``.
  package static let defaultSpanBytes = 32 << 10
  /// Rung when there is enough to ship, so that the shipper does not wait for its timer.
  package let bell = Bell()

  /// The number of spans that wait for the end of their local root.
  private let undecided = unsafe CacheLines.allocate(1, of: UInt64.self)

  private let mapping: JournalMapping
  let slots: SlotMemory
  let pool: SlotPool
  let counters = JournalCounters()
  /// The fork count of the process that created the journal. A forked child has another one; its mapping is private
  /// memory without a shipper, and nothing is recorded there.
  private let forkCount: UInt32
  /// The number of finished spans of a shard after which the bell is rung, so that they do not fill a small journal: a
  /// power of two, minus one.
  private let bellMask: UInt64
  /// ``bellMask``, or 0 while the shipper rests: then the next span rings the bell.
  private let currentBellMask = unsafe CacheLines.allocate(1, of: UInt64.self)

  /// Creates a journal in anonymous memory.
  ///
  /// - Parameters:
  ///   - layout: the size of the journal; pages take memory only once they are used.
  ///   - maximumSpanBytes: the maximum size of a span's attributes, events and links, 400 to 57 336 bytes; rounded down
  ///     to a multiple of 8.
  package convenience init(layout: JournalLayout, maximumSpanBytes: Int = Journal.defaultSpanBytes) throws(JournalError)
  {
    self.init(
      layout, maximumSpanBytes, try JournalMapping(anonymousBytes: layout.totalBytes),
      try FinishedSlots(slots: layout.slotCount))
  }

  /// Creates a journal in a new file of a directory. Its content survives the process.
  ///
  /// - Parameter resource: the resource under which a later process ships the spans that this one leaves.
  package convenience init(
    layout: JournalLayout, directory: JournalDirectory, resource: Resource,
    maximumSpanBytes: Int = Journal.defaultSpanBytes
  ) throws(JournalFileError) {
    let finished: FinishedSlots
    do { finished = try FinishedSlots(slots: layout.slotCount) } catch {
      let code: Int32 = if case .noMemory(_, let code) = error { code } else { 0 }
      throw .system("mmap", "of \(layout.slotCount) slots", code)
    }
    let mapping = try unsafe JournalMapping(directory, byteCount: layout.totalBytes) { base in
      unsafe JournalHeader.write(base, layout: layout, resource: resource, processID: UInt64(getpid()))
    }
    self.init(layout, maximumSpanBytes, mapping, finished)
  }

  private init(
    _ layout: JournalLayout, _ maximumSpanBytes: Int, _ mapping: JournalMapping, _ finished: FinishedSlots
  ) {
    self.layout = layout
    self.maximumSpanBytes = min(max(maximumSpanBytes, Self.spanBytes.lowerBound), Self.spanBytes.upperBound) & ~7
    self.mapping = mapping
    unsafe slots = SlotMemory(base: mapping.base + layout.slotsOffset, count: UInt32(layout.slotCount))
    pool = SlotPool(slots: slots, finished: finished)
    bellMask = 1 << UInt64(min(512, max(1, layout.slotCount / 64)).binaryLogarithm) - 1
    unsafe spoor_store64_relaxed(currentBellMask, bellMask)
    forkCount = spoor_fork_count()
  }

  deinit {
    unsafe undecided.deallocate()
    unsafe currentBellMask.deallocate()
  }

  /// Whether the content of the journal survives the process.
  package var isInFile: Bool { mapping.fileName != nil }

  /// The number of the file's pages that were replaced by memory, because the file was truncated or the disk failed.
  /// Spans in these pages are lost with the process, as in memory mode.
  package var lostPages: Int { mapping.lostPages }

  /// Writes a heartbeat into the file's header. It gives the duration of spans that this process does not end.
  package func beat() {
    guard isInFile, spoor_fork_count() == forkCount else { return }
    unsafe JournalHeader.beat(mapping.base)
  }

  /// Whether this is the process that made the journal, and not a child that was forked from it.
  package var isOwned: Bool { spoor_fork_count() == forkCount }

  /// Whether a next start finds what is in the journal: false in memory, and once the file or its directory is removed.
  package var isKept: Bool { mapping.isLinked }

  /// Notes in the file that the process ends regularly, so that the next start does not report a crash or kill.
  package func markEnded() {
    guard isInFile, spoor_fork_count() == forkCount else { return }
    unsafe JournalHeader.end(mapping.base)
  }

  /// Releases the file's lock, as the end of the process does. For tests that simulate two processes in one.
  package func releaseFileForTesting() { mapping.unlock() }

  /// Removes the file after everything in it has been delivered.
  package func removeFile() { mapping.removeFile() }

  /// The memory for the crash record that a signal handler writes, 64 KiB.
  package var crashMemory: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: mapping.base + layout.crashOffset, count: JournalLayout.crashBytes)
  }

  /// The memory for the ring of log lines.
  package var logRingMemory: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: mapping.base + layout.logRingOffset, count: layout.logRingBytes)
  }

  /// The value of a counter since the journal was made.
  package func count(_ counter: JournalCounter) -> UInt64 { counters.total(counter) }

  /// The number of spans that hold a slot: open, undecided, or finished and not yet delivered.
  package var heldCount: UInt64 {
    let gone =
      count(.delivered) + count(.rejected) + count(.unusable) + count(.discarded) + count(.droppedByHook)
      + count(.droppedAfterShutdown) + count(.droppedUndecided)
    let opened = count(.opened)
    return opened > gone ? opened - gone : 0
  }

  /// The size of the slots in use, in bytes.
  package var usedBytes: UInt64 {
    let freed = count(.extensionsFreed)
    let taken = count(.extensionsTaken)
    return (heldCount + (taken > freed ? taken - freed : 0)) * UInt64(SlotLayout.size)
  }

  /// Whether less than a quarter of the slots is free, so that finished spans should be sent without waiting for a full
  /// batch.
  package var isNearlyFull: Bool { usedBytes > UInt64(layout.slotCount) * UInt64(SlotLayout.size) / 4 * 3 }

  /// The number of slots.
  package var slotCount: Int { layout.slotCount }

  /// Adds to a counter of spans that have no slot here.
  package func add(_ count: Int = 1, to counter: JournalCounter) {
    if count > 0 { counters.add(counter, UInt64(count)) }
  }
  /// Whether less than half of the slots is free, so that nothing should wait in them that can be sent.
  package var isHalfFull: Bool { usedBytes > UInt64(layout.slotCount) * UInt64(SlotLayout.size) / 2 }

  /// Counts a span that the sampler did not select.
  package func countSampledOut() { counters.add(.sampledOut) }

  // MARK: A span's life

  /// Records the start of a span. If the journal is full, it counts the span and returns ``SlotReference/none``.
  ///
  /// - Parameters:
  ///   - name: the name of the operation.
  ///   - function: `#function` of the place where the span starts; if `fileID` is empty, no place is kept.
  ///   - fileID: `#fileID` of that place.
  ///   - line: `#line` of it.
  package func open(
    _ start: borrowing SpanStart, name: String, function: String = "", fileID: String = "", line: UInt = 0
  ) -> SlotReference {
    guard spoor_fork_count() == forkCount else { return .none }
    guard let index = pool.take() else {
      counters.add(.droppedFull)
      bell.ring()  // Shipping finished spans makes room.
      // Also written into the file: if the process dies before it logs this, the next start logs it.
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
    // The reason for keeping the span is 0 so far.
    let verdict: UInt32 = start.awaitsVerdict ? 1 << 24 : 0
    slots.write(
      UInt32(start.kind.rawValue) | UInt32(start.flags.rawValue) << 8 | verdict, index, SlotLayout.kind)
    slots.write(spoor_thread_id(), index, SlotLayout.threadID)
    slots.write(UInt64(0), index, SlotLayout.droppedAttributes)
    slots.write(start.parent.index, index, SlotLayout.parentSlot)
    slots.write(start.parent.generation, index, SlotLayout.parentGeneration)
    unsafe spoor_store32_relaxed(slots.word32(index, SlotLayout.next), 0)
    unsafe spoor_store32_relaxed(slots.word32(index, SlotLayout.length), 0)
    let reference = SlotReference(index: index, generation: slots.generation(index))
    // No other thread has this reference yet, so the first fields need no lock.
    let writer = writer(index)
    writer.begin(name)
    if !fileID.isEmpty { writer.begin(function: function, fileID: fileID, line: line) }
    slots.setState(.open, index)
    return reference
  }

  /// Runs `body` while holding the span's lock if the span is still open; returns `nil` otherwise.
  ///
  /// `body` must be short and must not call a user's code.
  package func write<Result>(_ reference: SlotReference, _ body: (SpanWriter) -> Result) -> Result? {
    guard let writer = beginWriting(reference) else { return nil }
    defer { endWriting(reference) }
    return body(writer)
  }

  /// Takes the span's lock if the span is still open. ``endWriting(_:)`` must follow soon on the same thread.
  package func beginWriting(_ reference: SlotReference) -> SpanWriter? {
    guard !reference.isNone else { return nil }
    slots.lock(reference.index)
    guard slots.isOpen(reference) else {
      slots.unlock(reference.index)
      return nil
    }
    return writer(reference.index)
  }

  /// Releases the lock that ``beginWriting(_:)`` took.
  package func endWriting(_ reference: SlotReference) { slots.unlock(reference.index) }

  /// Runs `body` on a span that has ended as ``Ending/undecided``. Only the caller that ended the span may call it,
  /// because no other thread writes to the span any more.
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

  /// Whether the span is currently open.
  package func isOpen(_ reference: SlotReference) -> Bool { !reference.isNone && slots.isOpen(reference) }

  /// The next state of a span that ends.
  package enum Ending: Sendable {
    /// The span is finished and will be sent.
    case finished
    /// The span waits for ``Journal/decide(_:keep:)``.
    case undecided
  }

  /// Ends the span. Returns `false` if it had already ended; only the first end counts.
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
    case .undecided: counters.add(.undecided)
    }
    return true
  }

  /// Decides about a span that ended as ``Ending/undecided``: it is kept for the given reason, or left out if that is
  /// `nil`.
  package func decide(_ reference: SlotReference, keep reason: KeptReason?) {
    let index = reference.index
    guard isUndecided(reference) else { return }
    guard let reason else { return discard(index, as: .discarded) }
    slots.lock(index)
    slots.write(reason.rawValue, index, SlotLayout.kept)
    slots.setState(.finished, index)
    slots.unlock(index)
    counters.add(.decided)
    hand(index)
  }

  /// Drops a span that ended as ``Ending/undecided`` because a hook rejected it.
  package func dropByHook(_ reference: SlotReference) {
    if isUndecided(reference) { discard(reference.index, as: .droppedByHook) }
  }

  private func isUndecided(_ reference: SlotReference) -> Bool {
    !reference.isNone && slots.state(reference.index) == SlotState.undecided.rawValue
      && slots.generation(reference.index) == reference.generation
  }

  /// The maximum number of undecided spans: a quarter of the slots.
  package var undecidedLimit: Int { max(layout.slotCount / 4, 16) }
  /// The maximum number of undecided spans below one local root: a sixteenth of the slots.
  package var undecidedLimitOfRoot: Int { max(layout.slotCount / 16, 16) }

  /// Counts a span that ended as ``Ending/undecided`` and waits; false if too many are waiting already.
  package func holdUndecided() -> Bool {
    guard unsafe spoor_add64_relaxed(undecided, 1) < UInt64(undecidedLimit) else {
      releaseUndecided(1)
      return false
    }
    return true
  }

  /// Subtracts spans that no longer wait.
  package func releaseUndecided(_ count: Int) {
    unsafe _ = spoor_add64_relaxed(undecided, 0 &- UInt64(count))
  }

  /// Drops spans that went over a quota.
  package func dropUndecided(_ slots: [SlotReference]) {
    for slot in slots where isUndecided(slot) { discard(slot.index, as: .droppedUndecided) }
  }

  /// Writes a number into a span that is undecided.
  package func note(_ key: String, _ number: Int, inUndecided reference: SlotReference) {
    guard let writer = beginChanging(reference) else { return }
    defer { endWriting(reference) }
    writer.setAttribute(key, Int64(number))
  }

  private func hand(_ index: UInt32) {
    let finished = pool.pushFinished(index)
    // Whether the shipper rests must be read after the span is in its queue: see ``shipperRests()``.
    spoor_asymmetric_fence_light()
    let mask = unsafe spoor_load64_relaxed(currentBellMask)
    guard finished & mask == 0 else { return }
    if unsafe mask == 0 && bellMask != 0 && !spoor_cas64(currentBellMask, 0, bellMask) { return }
    bell.ring()
  }

  /// Declares that the shipper is about to sleep without a limit of time, so that the next finished span rings the
  /// bell. The shipper must look for finished spans once more before it sleeps.
  package func shipperRests() {
    unsafe spoor_store64_release(currentBellMask, 0)
    spoor_asymmetric_fence_heavy()
  }

  /// Declares that the shipper looks for finished spans by itself.
  package func shipperIsAwake() { unsafe spoor_store64_relaxed(currentBellMask, bellMask) }

  /// Whether spans are open or undecided.
  package var hasUnfinishedSpans: Bool {
    let account = account()
    return account.open > 0 || account.keptBack > 0
  }

  private func discard(_ index: UInt32, as outcome: JournalCounter) {
    counters.add(.decided)
    counters.add(outcome)
    var freed = FreedSlots()
    freeChain(index, with: &freed)
    give(&freed)
  }

  /// The names of the spans from the outermost one down to this one. Spans that have already been delivered are
  /// missing, because their slots are reused.
  package func namesOfChain(endingAt reference: SlotReference, limit: Int) -> [String] {
    var names: [String] = []
    var current = reference
    while current.index < slots.count, names.count < limit {
      let index = current.index
      slots.lock(index)
      defer { slots.unlock(index) }
      // A slot is freed only with its lock held, so this span keeps its slot until the lock is released.
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

  /// Takes the spans that have finished since the last call, in the order of their ends per thread. Only the shipper
  /// calls it.
  package func takeFinished(into indices: inout [UInt32]) { pool.takeFinished(into: &indices) }

  /// Calls `body` with a finished span. Only the shipper calls it, for a slot from ``takeFinished(into:)`` that it has
  /// not freed.
  package func withFinished<Result>(_ index: UInt32, _ body: (SpanRecord) throws -> Result) rethrows -> Result {
    try SlotReader(slots: slots).withRecord(index, body)
  }

  /// Encodes a finished span. It is not generic, because a generic function of another module is slower.
  ///
  /// - Parameter later: a span that is encoded soon and is prefetched, because it is usually in another processor's
  ///   cache.
  package func encodeFinished(
    _ index: UInt32, before later: UInt32, _ body: (SpanRecord) -> Range<Int>?
  ) -> Range<Int>? {
    unsafe spoor_prefetch_to_read(slots.address(later), 384)
    return SlotReader(slots: slots).withRecord(index, body)
  }

  /// Frees a span's slots after it was delivered or dropped. Only the shipper calls it.
  package func free(_ index: UInt32, _ outcome: Delivery) {
    var freed = FreedSlots()
    free(index, outcome, with: &freed)
    give(&freed)
  }

  /// Frees the slots of many spans. They are available and counted after ``give(_:)`` at the latest.
  package func free(_ index: UInt32, _ outcome: Delivery, with freed: inout FreedSlots) {
    switch outcome {
    case .delivered: freed.delivered += 1
    case .rejected: freed.rejected += 1
    case .unusable: counters.add(.unusable)
    case .afterShutdown: counters.add(.droppedAfterShutdown)
    case .behind: counters.add(.droppedBehind)
    }
    freeChain(index, with: &freed)
  }

  /// Returns freed slots to the pool.
  package func give(_ freed: inout FreedSlots) {
    pool.give(&freed)
    if freed.delivered > 0 { counters.add(.delivered, freed.delivered) }
    if freed.rejected > 0 { counters.add(.rejected, freed.rejected) }
    if freed.extensions > 0 { counters.add(.extensionsFreed, freed.extensions) }
    freed = FreedSlots()
  }

  /// The outcome of shipping a span.
  ///
  /// With several exporters the largest counts.
  package enum Delivery: UInt8, Sendable, Comparable {
    case delivered, rejected, unusable, behind, afterShutdown

    package static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
  }

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
