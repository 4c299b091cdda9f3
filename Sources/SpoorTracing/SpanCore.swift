internal import CSpoor
internal import Instrumentation
internal import SpoorBytes
package import SpoorContext
internal import SpoorJournal
package import SpoorStacks
package import Tracing

/// Where a span and its attributes' dictionary stood when that was taken. One word, so that all of what a change of the
/// attributes has to remember fits where Swift keeps it without an allocation.
struct TakenAttributes {
  /// How many fields had been written.
  var sequence: UInt16
  /// How many of the attributes the record has no room for.
  var missing: UInt16
  /// How often attributes had been taken or put back.
  var turn: UInt16 = 0
  /// Nothing was taken: the span takes no attributes any more, or the record says something else than the dictionary.
  var isNone = false

  static var none: TakenAttributes { TakenAttributes(sequence: 0, missing: 0, isNone: true) }
}

/// A span's identity and its place in the journal: what a context carries and every copy of a ``SpoorSpan`` shares.
///
/// It holds no context: a span that were its own context's value would be a cycle that nobody frees. When the last
/// reference goes without `end`, the span is reported as `never ended` and its slot is let go.
@safe
package final class SpanCore: @unchecked Sendable {  // The slot's lock guards the cache.
  /// The ids that are handed on.
  package let traceContext: TraceContext
  /// What the span writes with, for what is not in a hurry; else ``withRecorder(_:)``, which counts no reference.
  var recorder: SpanRecorder { unsafe unownedRecorder.takeUnretainedValue() }
  private let unownedRecorder: Unmanaged<SpanRecorder>
  /// Keeps the recorder; nil where that stays for ever: all threads would count it in one place.
  private let keeper: SpanRecorder?
  /// The recorder's, which keeps them: counting their references would cost each write 10 ns.
  private let journal: Unmanaged<Journal>
  private let coding: Unmanaged<AttributeCoding>
  let slot: SlotReference
  let time: SpanTime
  let startName: String
  /// Where rules decide about spans that the head decision left out; nil for all others.
  let verdict: LocalRootVerdict?
  let isLocalRoot: Bool
  /// What the span's context is known by in ``SpanContextTable``; set before anybody else has the span.
  var contextWord: UInt64 = 0
  // The slot's lock keeps the following three from being touched twice at once, so that Swift need not check each time.

  /// The attributes as the user's dictionary, while nobody has it in hand. The record is what counts.
  @exclusivity(unchecked) private var cachedAttributes: SpanAttributes?
  /// How many fields the record had when it and the dictionary said the same, and how many of the dictionary's attributes
  /// it had no room for.
  @exclusivity(unchecked) private var cached = TakenAttributes(sequence: 0, missing: 0)
  /// How often attributes were taken or put back: where they lie is known for whoever had the last turn.
  @exclusivity(unchecked) private var turn: UInt16 = 0
  /// Where the attributes' fields lie, in the dictionary's order.
  @exclusivity(unchecked) private var attributePlaces = AttributePlaces()

  init(
    traceContext: TraceContext, recorder: SpanRecorder, staysForEver: Bool, slot: SlotReference, time: SpanTime,
    startName: String, verdict: LocalRootVerdict?, isLocalRoot: Bool
  ) {
    self.traceContext = traceContext
    unsafe unownedRecorder = Unmanaged.passUnretained(recorder)
    keeper = staysForEver ? nil : recorder
    unsafe journal = Unmanaged.passUnretained(recorder.journal)
    unsafe coding = Unmanaged.passUnretained(recorder.coding)
    self.slot = slot
    self.time = time
    self.startName = startName
    self.verdict = verdict
    self.isLocalRoot = isLocalRoot
  }

  /// A span that is not recorded: it has ids, which are handed on.
  convenience init(
    handingOn traceContext: TraceContext, _ recorder: SpanRecorder, staysForEver: Bool = false,
    startName: String = "", isLocalRoot: Bool = false
  ) {
    self.init(
      traceContext: traceContext, recorder: recorder, staysForEver: staysForEver, slot: .none, time: .none,
      startName: startName, verdict: nil, isLocalRoot: isLocalRoot)
  }

  @inline(__always)
  private func withRecorder<Result>(_ body: (SpanRecorder) -> Result) -> Result {
    unsafe unownedRecorder._withUnsafeGuaranteedRef { body($0) }
  }

  deinit {
    unsafe attributePlaces.free()
    if let attributes = unsafe cachedAttributes.take() { withRecorder { $0.emptied.give(attributes) } }
    if slot.isNone { SpanContextTable.leave(contextWord, traceContext.spanID) }
    guard isRecording else { return }  // It has ended, and left then.
    SpanContextTable.leave(contextWord, traceContext.spanID)
    finish(atNanoseconds: time.anchor.time(at: recorder.clock.monotonic), flags: .neverEnded)
  }

  package var isRecording: Bool { unsafe journal._withUnsafeGuaranteedRef { $0.isOpen(slot) } }

  /// Runs `body` with the span's lock held, if the span is still open; otherwise returns nil. Here and not in the journal:
  /// a generic function of another module would not be specialised.
  @inline(__always)
  private func write<Result>(_ body: (SpanWriter) -> Result) -> Result? {
    guard let writer = beginWriting() else { return nil }
    defer { endWriting() }
    return body(writer)
  }

  @inline(__always)
  private func beginWriting() -> SpanWriter? { unsafe journal._withUnsafeGuaranteedRef { $0.beginWriting(slot) } }

  @inline(__always)
  private func endWriting() { unsafe journal._withUnsafeGuaranteedRef { $0.endWriting(slot) } }

  // MARK: Name and status

  var operationName: String {
    write { $0.read(\.name) }?.flatMap { $0 } ?? startName
  }

  func rename(_ name: String) {
    _ = write { $0.setName(recorder.coding.cut(name)) }
  }

  func setStatus(_ status: SpanStatus) {
    if status.code == .error { recorder.watcher?.traceFailed(traceContext.traceID) }
    guard !slot.isNone else { return }
    if status.code == .error { verdict?.noteError() }
    let message = status.message.map { recorder.coding.written($0, for: ExceptionEvent.messageKey) }
    _ = write { writer in
      writer.setStatus(
        status.code == .error ? .error : .ok,
        // `withSpan` sets the status of a span that throws without a message: the recorded error has one.
        message: message ?? (status.code == .error ? writer.read(ExceptionEvent.message(in:)) : ""))
    }
  }

  // MARK: Attributes

  /// The dictionary for the user to change, and a mark of the moment it was taken.
  ///
  /// The lock is not held while the user has it. What other threads write in the meantime is kept when it comes back.
  @inline(never)
  func takeAttributes() -> (attributes: SpanAttributes, taken: TakenAttributes) {
    guard let writer = beginWriting() else { return (withRecorder { $0.emptied.take() }, .none) }
    defer { endWriting() }
    let sequence = writer.sequence
    unsafe turn &+= 1
    // The only reference moves to the user, who changes it in place.
    if let attributes = unsafe cachedAttributes.take(), unsafe cached.sequence == sequence {
      unsafe cached.turn = turn
      return unsafe (attributes, cached)
    }
    return attributesToTake(writer, sequence)
  }

  private func attributesToTake(_ writer: SpanWriter, _ sequence: UInt16) -> (SpanAttributes, TakenAttributes) {
    unsafe attributePlaces.removeAll()
    writer.forEachAttributePlace { unsafe attributePlaces.append($0) }
    let taken = unsafe TakenAttributes(sequence: sequence, missing: 0, turn: turn)
    guard unsafe attributePlaces.count == 0 else { return (writer.read(AttributeCoding.attributes(of:)), taken) }
    return (withRecorder { $0.emptied.take() }, taken)
  }

  /// Writes what has changed since the dictionary was taken.
  ///
  /// The API does not tell which attribute was set, so each is compared with its field: where that lies is remembered in
  /// the order in which the dictionary hands them out, which an insertion does not change.
  @inline(never)
  func putAttributes(_ attributes: inout SpanAttributes, taken: TakenAttributes) {
    guard !taken.isNone, let writer = beginWriting() else {
      return withRecorder { $0.emptied.give(Self.moving(&attributes)) }
    }
    defer { endWriting() }
    // Nobody has written in between, nor put back a dictionary that knew less, and there is what there was and, mostly, one
    // attribute more.
    let isUndisturbed =
      unsafe writer.sequence == taken.sequence && turn == taken.turn && taken.missing == 0
      && AttributeStorage.isReadable
    unsafe turn &+= 1
    if !isUndisturbed || !(putOne(attributes, taken, writer) || putNew(attributes, writer)) {
      putAll(attributes, taken, writer)
    }
    if unsafe cached.isNone {
      unsafe cachedAttributes = nil
      return
    }
    unsafe cachedAttributes = Self.moving(&attributes)
  }

  /// Moved, not copied: what was the only reference stays that.
  @inline(__always)
  private static func moving(_ attributes: inout SpanAttributes) -> SpanAttributes {
    unsafe withUnsafeMutablePointer(to: &attributes) { attributes in
      defer { unsafe attributes.initialize(to: SpanAttributes([:])) }
      return unsafe attributes.move()
    }
  }

  /// One new attribute, or none, where the dictionary has the others in the order it had them in. Returns false, with nothing
  /// written, where it is not so; so do the ones below.
  @inline(__always)
  private func putOne(_ attributes: borrowing SpanAttributes, _ taken: TakenAttributes, _ writer: SpanWriter) -> Bool {
    let storage = AttributeStorage(of: attributes)
    let difference = unsafe attributePlaces.withAll {
      unsafe AttributeSearch(in: writer, at: $0).difference(to: storage)
    }
    switch difference {
    case .none:
      unsafe cached = taken
      return true
    case .one(let bucket, let position):
      let (key, value) = unsafe storage.entry(bucket)
      let place: FieldPlace? = unsafe coding._withUnsafeGuaranteedRef { coding in
        unsafe attributePlaces.count < coding.limits.attributes ? coding.append(key, value, in: writer) : nil
      }
      guard let place else { return false }
      unsafe attributePlaces.insert(place, at: position)
      unsafe cached = TakenAttributes(sequence: writer.sequence, missing: 0)
      return true
    case .other: return false
    }
  }

  /// New attributes, however many and in whatever order.
  @inline(never)
  private func putNew(_ attributes: borrowing SpanAttributes, _ writer: SpanWriter) -> Bool {
    let storage = AttributeStorage(of: attributes)
    guard unsafe storage.count >= attributePlaces.count else { return false }
    return unsafe withUnsafeTemporaryAllocation(of: FieldPlace.self, capacity: storage.count) { places in
      guard let found = places.baseAddress else { return false }
      let isMore = unsafe attributePlaces.withAll { former in
        var search = unsafe AttributeSearch(in: writer, at: former)
        return unsafe search.findAll(of: storage, writing: found)
      }
      if isMore { unsafe append(storage, places, writer) }
      return isMore
    }
  }

  /// Writes the attributes that have no place: their keys are new to the record.
  private func append(
    _ attributes: AttributeStorage, _ places: UnsafeMutableBufferPointer<FieldPlace>, _ writer: SpanWriter
  ) {
    let coding = recorder.coding
    let room = unsafe coding.limits.attributes - attributePlaces.count
    unsafe attributePlaces.removeAll()
    var position = 0
    var added = 0
    var missing = 0
    var hasChanged = false
    unsafe attributes.forEach { _, key, value in
      defer { position += 1 }
      var place: FieldPlace? = unsafe places[position]
      if unsafe places[position].isNone {
        place =
          unsafe (added < room ? coding.append(key, value, in: writer) : nil)
          ?? coding.set(key.pointee, value.pointee, in: writer, hasChanged: &hasChanged)
        added += 1
      }
      if let place { unsafe attributePlaces.append(place) } else { missing += 1 }
    }
    if missing > 0 { writer.countDropped(attributes: missing) }
    remember(writer, missing: missing, isSame: !hasChanged)
  }

  /// Notes what the record has of the dictionary that comes back.
  ///
  /// - Parameter isSame: whether the record says what the dictionary says. One that says something else would be compared
  ///   with it in vain each time, so it is read anew.
  private func remember(_ writer: SpanWriter, missing: Int, isSame: Bool) {
    unsafe cached =
      isSame || missing > 0
      ? TakenAttributes(sequence: writer.sequence, missing: UInt16(clamping: missing)) : .none
  }

  /// Any change.
  private func putAll(_ attributes: borrowing SpanAttributes, _ taken: TakenAttributes, _ writer: SpanWriter) {
    let coding = recorder.coding
    let isUndisturbed = writer.sequence == taken.sequence
    let former = unsafe attributePlaces
    var places = AttributePlaces()
    var missing = 0
    var hasChanged = false
    unsafe former.withAll { former in
      var search = unsafe AttributeSearch(in: writer, at: former)
      attributes.forEach { key, value in
        // What another thread has written in the meantime is newer than what it said when this was taken.
        let place =
          search.find(key, value) ?? (isUndisturbed ? nil : coding.place(of: key, since: taken.sequence, in: writer))
          ?? coding.set(key, value, in: writer, hasChanged: &hasChanged)
        if let place { places.append(place) } else { missing += 1 }
      }
    }
    if writer.count(of: .attribute) > places.count {
      writer.removeAttributes { field in
        field.isNewer(than: taken.sequence) || attributes.get(field.keyText) != nil
      }
    }
    // What had no room is in the dictionary still, and is tried again each time: counted once.
    if missing != Int(taken.missing) { writer.countDropped(attributes: missing - Int(taken.missing)) }
    unsafe attributePlaces = places
    former.free()
    if isUndisturbed { remember(writer, missing: missing, isSame: !hasChanged) } else { unsafe cached = .none }
  }

  /// Writes one attribute if nothing stands in its way, which is so of nearly all. Returns false, with nothing written,
  /// where something may, for ``setAttribute(_:_:)`` to see to.
  @inline(__always)
  func setPlainAttribute(_ key: String, _ type: FieldValueType, _ value: UnsafeRawBufferPointer) -> Bool {
    unsafe withBytes(of: key) { unsafe setPlainAttribute($0, type, value) }
  }

  @inline(never)
  private func setPlainAttribute(
    _ key: UnsafeRawBufferPointer, _ type: FieldValueType, _ value: UnsafeRawBufferPointer
  ) -> Bool {
    unsafe coding._withUnsafeGuaranteedRef { coding in
      guard unsafe coding.isPlain(key, value) else { return false }
      guard let writer = beginWriting() else { return true }
      defer { endWriting() }
      return unsafe !writer.setPlainAttribute(key, type, value, atMost: coding.limits.attributes).isNone
    }
  }

  /// Writes one attribute.
  func setAttribute(_ key: String, _ value: SpanAttribute) {
    let coding = recorder.coding
    _ = write { writer in
      var hasChanged = false
      if coding.set(key, value, in: writer, hasChanged: &hasChanged) == nil { writer.countDropped(attributes: 1) }
    }
  }

  var attributes: SpanAttributes {
    write { writer in
      if let attributes = unsafe cachedAttributes, unsafe cached.sequence == writer.sequence { return attributes }
      return writer.read(AttributeCoding.attributes(of:))
    } ?? SpanAttributes([:])
  }

  // MARK: Events, links, errors

  func addEvent(_ event: SpanEvent) {
    guard isRecording else { return }
    let fields = recorder.coding.fields(event.attributes)
    let time = alignedTime(event.nanosecondsSinceEpoch)
    let name = recorder.coding.cut(event.name)
    _ = write {
      $0.addEvent(name, atNanoseconds: time, attributes: fields, atMost: recorder.coding.limits.events)
    }
  }

  func addLink(_ link: SpanLink) {
    guard isRecording else { return }
    guard let target = link.context.traceContext else { return }
    let fields = recorder.coding.fields(link.attributes)
    _ = write {
      $0.addLink(
        traceIDHigh: target.traceID.high, traceIDLow: target.traceID.low, spanID: target.spanID.rawValue,
        attributes: fields, atMost: recorder.coding.limits.links)
    }
  }

  func recordError(_ error: any Error, attributes: SpanAttributes, atNanoseconds time: UInt64) {
    recorder.watcher?.traceFailed(traceContext.traceID)
    verdict?.noteError()
    guard isRecording else { return }
    record(CapturedFailure(error, isHandled: false, sinks: .span), attributes: attributes, atNanoseconds: time)
  }

  /// Writes a failure down: the event `exception`, `error.type`, and the stack where it is the first span to have it.
  package func record(_ failure: CapturedFailure, attributes: SpanAttributes, atNanoseconds time: UInt64) {
    verdict?.noteError()
    guard isRecording else { return }
    var described = ExceptionEvent.attributes(of: failure)
    described.merge(attributes)
    var fields = recorder.coding.fields(described)
    let stack = failure.isRecorded(in: .span) ? nil : failure.stack
    let addresses = stack?.frames.map(\.lookupAddress) ?? []
    if recorder.errorNames == .otel, !addresses.isEmpty {
      unsafe addresses.withUnsafeBytes {
        unsafe fields.append(.attribute, key: "exception.stacktrace", type: .addresses, value: $0)
      }
    }
    let time = alignedTime(time)
    _ = write { writer in
      writer.addEvent(
        ExceptionEvent.name, atNanoseconds: time, attributes: fields, atMost: recorder.coding.limits.events)
      writer.setAttribute("error.type", failure.type)
      writer.setAttribute(stack == nil ? "error.same_as" : "error.id", Int64(clamping: failure.id))
      if failure.isHandled { writer.setAttribute("error.handled", true) }
      guard let stack, recorder.errorNames == .ecs, !addresses.isEmpty else { return }
      if stack.source != .exact { writer.setAttribute("error.stack_source", stack.source.rawValue) }
      writer.setAddresses("error.stack_trace", addresses)
    }
  }

  /// An instant on the local root's time line: one that was read just now is replaced by the monotonic clock's.
  private func alignedTime(_ instant: UInt64) -> UInt64 {
    // An event's instant was taken before it reached us; how long before cannot be known, a millisecond is "now".
    let reading = recorder.clock.realtime
    return reading &- instant < 1_000_000 ? time.anchor.time(at: recorder.clock.monotonic) : instant
  }

  // MARK: The end

  /// The end of an instant given by the caller; see ``GivenInstant``.
  func end(at instant: () -> UInt64) {
    leave()
    guard !slot.isNone else { return }
    finish(atNanoseconds: withRecorder { GivenInstant($0.clock, on: time.anchor, instant).time })
  }

  /// The same, now.
  func endNow() {
    leave()
    guard !slot.isNone else { return }
    finish(atNanoseconds: time.anchor.time(at: withRecorder { $0.clock.monotonic }))
  }

  @inline(__always)
  private func leave() {
    SpanContextTable.leave(contextWord, traceContext.spanID)
    if isLocalRoot, withRecorder({ $0.isWatched }) { recorder.watcher?.localRootEnded(traceContext.traceID) }
  }

  private func finish(atNanoseconds end: UInt64, flags: SpanRecordFlags = SpanRecordFlags()) {
    // Zipkin: "less than one is rounded up", in microseconds.
    let duration = end > time.start + 1000 ? end - time.start : 1000
    if verdict == nil, !withRecorder({ $0.hasHooks }) {
      unsafe _ = journal._withUnsafeGuaranteedRef { $0.end(slot, durationNanoseconds: duration, flags: flags) }
      return
    }
    // While it is open: later its name is its slot's next owner's.
    let operation = verdict.flatMap { $0.readsNames ? operationName : nil }
    guard recorder.journal.end(slot, durationNanoseconds: duration, flags: flags, as: .undecided) else { return }
    let isWanted = !recorder.hasHooks || passesHooks(durationNanoseconds: duration)
    if verdict == nil || !isWanted { recorder.journal.decide(slot, keep: isWanted ? .headDecision : nil) }
    // A root that a hook dropped decides about the spans below it all the same.
    verdict?.add(
      isWanted ? slot : .none, operation: operation, endsRoot: isLocalRoot, durationNanoseconds: duration,
      journal: recorder.journal)
  }

  /// The names of the open spans around this one, outermost first, itself last; at most 32.
  package var namesOfSpansAround: [String] { recorder.journal.namesOfChain(endingAt: slot, limit: 32) }

  /// The same from the span of a failure's throw on, where that is known still; else from this one.
  package func namesOfSpans(around failure: CapturedFailure) -> [String] {
    guard let span = failure.spanAtThrow, let slot = span.slot else { return namesOfSpansAround }
    let names = recorder.journal.namesOfChain(
      endingAt: SlotReference(index: slot, generation: span.generation), limit: 32)
    return names.isEmpty ? namesOfSpansAround : names
  }
}
