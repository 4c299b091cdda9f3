// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Instrumentation
internal import SpoorBase
package import SpoorContext
internal import SpoorJournal
package import SpoorStacks
package import Tracing

/// The state of a span and its attributes' dictionary when a caller took the dictionary. It is one word, so that Swift
/// can keep everything that a change of the attributes needs without an allocation.
struct TakenAttributes {
  /// The number of fields written before.
  var sequence: UInt16
  /// The number of attributes for which the record has no room.
  var missing: UInt16
  /// The number of times that attributes had been taken or put back.
  var turn: UInt16 = 0
  /// Whether nothing was taken: the span accepts no attributes any more, or the record differs from the dictionary.
  var isNone = false

  static var none: TakenAttributes { TakenAttributes(sequence: 0, missing: 0, isNone: true) }
}

/// A span's identity and its place in the journal. A context carries it, and all copies of a ``SpoorSpan`` share it.
///
/// It has no reference to its context, because that would be a reference cycle. If the last reference is released
/// before `end`, the span is reported as `never ended` and its slot is freed.
@safe
package final class SpanCore: @unchecked Sendable {  // The slot's lock guards the cache.
  /// The ids that are propagated.
  package let traceContext: TraceContext
  /// The recorder, for use off the hot path; ``withRecorder(_:)`` counts no reference. ``SpanRecorder`` documents the
  /// ownership rule.
  var recorder: SpanRecorder { unsafe unownedRecorder.takeUnretainedValue() }
  private let unownedRecorder: Unmanaged<SpanRecorder>
  /// Keeps the recorder alive. Nil for the recorder that lives as long as the process, so that threads do not contend
  /// for its reference count.
  private let keeper: SpanRecorder?
  /// Owned by the recorder. Counting their references would cost each write 10 ns.
  private let journal: Unmanaged<Journal>
  private let coding: Unmanaged<AttributeCoding>
  let slot: SlotReference
  let time: SpanTime
  let startName: String
  /// The decision of the keep rules, for spans that the head decision left out; nil for all others.
  let verdict: LocalRootVerdict?
  let isLocalRoot: Bool
  /// The word of the span's context in ``SpanContextTable``; set before any other thread can access the span.
  var contextWord: UInt64 = 0
  // The lock of the slot prevents overlapping accesses to the following five, so Swift need not check each one
  // (``SpanRecorder``, "Ownership").

  /// The attributes as the user's dictionary, while no caller has taken it. The record is authoritative.
  @exclusivity(unchecked) private var cachedAttributes: SpanAttributes?
  /// The number of fields of the record when it last agreed with the dictionary, and the number of attributes for which
  /// it had no room.
  @exclusivity(unchecked) private var cached = TakenAttributes(sequence: 0, missing: 0)
  /// The number of times that attributes were taken or put back. The known places are valid for the last turn.
  @exclusivity(unchecked) private var turn: UInt16 = 0
  /// The places of the attributes' fields, in the dictionary's order.
  @exclusivity(unchecked) private var attributePlaces = AttributePlaces()
  /// The attributes as they lay in the dictionary when it was put back, if they are many.
  @exclusivity(unchecked) private var attributeMarks = AttributeMarks()

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

  /// Creates a span that is not recorded and only propagates its ids.
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
    if unsafe attributeMarks.capacity > 0 { withRecorder { unsafe $0.emptied.give(&attributeMarks) } }
    if let attributes = unsafe cachedAttributes.take() { withRecorder { $0.emptied.give(attributes) } }
    if slot.isNone { SpanContextTable.leave(contextWord, traceContext.spanID) }
    guard isRecording else { return }  // It has ended and was removed then.
    SpanContextTable.leave(contextWord, traceContext.spanID)
    finish(atNanoseconds: time.anchor.time(at: recorder.clock.monotonic), flags: .neverEnded)
  }

  package var isRecording: Bool { unsafe journal._withUnsafeGuaranteedRef { $0.isOpen(slot) } }

  /// Runs `body` with the span's lock held if the span is still open; otherwise returns nil. It is not in the journal,
  /// because a generic function of another module would not be specialised.
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
    let name = recorder.coding.written(name: name)
    _ = write { $0.setName(name) }
  }

  func setStatus(_ status: SpanStatus) {
    // `withSpan` sets the status of a span that throws, regardless of the error.
    if status.code == .error, status.message == nil, !recorder.cancellationIsError, isOnlyCancelled { return }
    if status.code == .error { recorder.watcher?.traceFailed(traceContext.traceID) }
    guard !slot.isNone else { return }
    if status.code == .error { verdict?.noteError() }
    let message = status.message.map { recorder.coding.written($0, for: ExceptionEvent.messageKey) }
    _ = write { writer in
      writer.setStatus(
        status.code == .error ? .error : .ok,
        // `withSpan` sets the status without a message, so the message of the recorded error is used.
        message: message ?? (status.code == .error ? writer.read(ExceptionEvent.message(in:)) : ""))
    }
  }

  // MARK: Attributes

  /// Takes the dictionary for the caller to change, with the state at that moment.
  ///
  /// The lock is not held while the caller has it. Attributes that other threads write in the meantime are kept when it
  /// is put back.
  @inline(never)
  func takeAttributes() -> (attributes: SpanAttributes, taken: TakenAttributes) {
    guard let writer = beginWriting() else { return (withRecorder { $0.emptied.take() }, .none) }
    defer { endWriting() }
    let sequence = writer.sequence
    unsafe turn &+= 1
    // The only reference moves to the caller, which changes it in place.
    if let attributes = unsafe cachedAttributes.take(), unsafe cached.sequence == sequence {
      unsafe cached.turn = turn
      return unsafe (attributes, cached)
    }
    return attributesToTake(writer, sequence)
  }

  private func attributesToTake(_ writer: SpanWriter, _ sequence: UInt16) -> (SpanAttributes, TakenAttributes) {
    unsafe attributePlaces.removeAll()
    unsafe attributeMarks.removeAll()
    writer.forEachAttributePlace { unsafe attributePlaces.append($0) }
    let taken = unsafe TakenAttributes(sequence: sequence, missing: 0, turn: turn)
    guard unsafe attributePlaces.count == 0 else { return (writer.read(AttributeCoding.attributes(of:)), taken) }
    return (withRecorder { $0.emptied.take() }, taken)
  }

  /// Writes the changes since the dictionary was taken.
  ///
  /// The API does not report which attribute was set, so each is compared with its field. The places of the fields are
  /// stored in the iteration order of the dictionary, which an insertion does not change.
  @inline(never)
  func putAttributes(_ attributes: inout SpanAttributes, taken: TakenAttributes) {
    guard !taken.isNone, let writer = beginWriting() else {
      return withRecorder { $0.emptied.give(Self.moving(&attributes)) }
    }
    defer { endWriting() }
    // No other thread has written or put back a dictionary in between, so the attributes are the previous ones and,
    // usually, one more.
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

  /// Moved and not copied, so that the only reference remains the only one.
  @inline(__always)
  private static func moving(_ attributes: inout SpanAttributes) -> SpanAttributes {
    unsafe withUnsafeMutablePointer(to: &attributes) { attributes in
      defer { unsafe attributes.initialize(to: SpanAttributes([:])) }
      return unsafe attributes.move()
    }
  }

  /// Handles one new attribute or none, if the dictionary has the others in their previous order. Otherwise returns
  /// false and writes nothing, as do the functions below.
  @inline(__always)
  private func putOne(_ attributes: borrowing SpanAttributes, _ taken: TakenAttributes, _ writer: SpanWriter) -> Bool {
    let storage = AttributeStorage(of: attributes)
    let difference = unsafe attributePlaces.withAll {
      let search = unsafe AttributeSearch(in: writer, at: $0)
      return unsafe $0.count < AttributeMarks.fewest
        ? search.difference(to: storage) : search.difference(to: storage, attributeMarks)
    }
    switch difference {
    case .none:
      unsafe cached = taken
      return true
    case .one(let bucket, let position):
      let (key, value) = unsafe storage.entry(bucket)
      var hasChanged = false
      let place: FieldPlace? = unsafe coding._withUnsafeGuaranteedRef { coding in
        unsafe (attributePlaces.count < coding.limits.attributes ? coding.append(key, value, in: writer) : nil)
          ?? coding.set(key.pointee, value.pointee, in: writer, hasChanged: &hasChanged)
      }
      guard let place else { return false }
      if hasChanged {
        unsafe cached = .none
        return true
      }
      if unsafe attributePlaces.count >= AttributeMarks.fewest - 1 { mark(bucket, of: storage) }
      unsafe attributePlaces.insert(place, at: position)
      unsafe cached = TakenAttributes(sequence: writer.sequence, missing: 0)
      return true
    case .other: return false
    }
  }

  /// Marks one new attribute, or all if there are no marks yet.
  @inline(never)
  private func mark(_ bucket: Int, of storage: AttributeStorage) {
    if unsafe attributeMarks.cover(storage, count: attributePlaces.count) {
      unsafe attributeMarks.insert(bucket, of: storage)
    } else {
      mark(storage)
    }
  }

  /// Marks the attributes of a dictionary that agrees with the record.
  private func mark(_ storage: AttributeStorage) {
    withRecorder { recorder in unsafe attributeMarks.update(to: storage, reusing: recorder.emptied.takeMarks) }
  }

  /// Handles any number of new attributes in any order.
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

  /// Writes the attributes without a place, whose keys are new to the record.
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
    remember(attributes, writer, missing: missing, isSame: !hasChanged)
  }

  /// Notes the state of the record and of the dictionary that was put back.
  ///
  /// - Parameter isSame: whether the record agrees with the dictionary. If not, the dictionary is discarded and rebuilt
  ///   from the record, because comparing it each time would be in vain.
  private func remember(_ attributes: AttributeStorage, _ writer: SpanWriter, missing: Int, isSame: Bool) {
    unsafe cached =
      isSame || missing > 0
      ? TakenAttributes(sequence: writer.sequence, missing: UInt16(clamping: missing)) : .none
    if isSame, missing == 0, AttributeStorage.isReadable {
      mark(attributes)
    } else {
      unsafe attributeMarks.removeAll()
    }
  }

  /// Handles any change.
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
        // A value that another thread has written in the meantime is newer than the one in this dictionary.
        let place =
          search.find(key, value) ?? (isUndisturbed ? nil : coding.place(of: key, since: taken.sequence, in: writer))
          ?? coding.set(key, value, in: writer, hasChanged: &hasChanged)
        if let place { places.append(place) } else { missing += 1 }
      }
    }
    if writer.count(of: .attribute) > places.count {
      writer.removeAttributes { field in
        field.isWritten(since: taken.sequence) || attributes.get(field.keyText) != nil
      }
    }
    // Attributes without room are still in the dictionary and are tried again each time, but counted once.
    if missing != Int(taken.missing) { writer.countDropped(attributes: missing - Int(taken.missing)) }
    unsafe attributePlaces = places
    former.free()
    if isUndisturbed {
      remember(AttributeStorage(of: attributes), writer, missing: missing, isSame: !hasChanged)
    } else {
      unsafe cached = .none
    }
  }

  /// The fast path for nearly all attributes. Returns false and writes nothing if the attribute needs
  /// ``setAttribute(_:_:)``.
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
    let name = recorder.coding.written(name: event.name)
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
    CapturedFailure.noteCatch(of: error)
    if recorder.isCancellation(error) { return noteCancellation() }
    recorder.watcher?.traceFailed(traceContext.traceID)
    verdict?.noteError()
    guard isRecording || recorder.exceptionLog != nil else { return }
    let failure = CapturedFailure(error, isHandled: false, sinks: recorder.exceptions.sinks)
    recorder.exceptionLog?.write(failure, attributes: attributes, atNanoseconds: time, in: self)
    record(failure, attributes: attributes, atNanoseconds: time)
  }

  /// Records a failure: the event `exception`, `error.type`, and the stack if this is the first span that records it.
  /// Without span events the span only names it and the log record that describes it.
  package func record(_ failure: CapturedFailure, attributes: SpanAttributes, atNanoseconds time: UInt64) {
    if recorder.isCancellation(failure.error) { return noteCancellation() }
    verdict?.noteError()
    guard isRecording else { return }
    var described = ExceptionEvent.attributes(of: failure)
    described.merge(attributes)
    let essential = recorder.coding.fields(ExceptionEvent.essential(of: failure))
    var fields = recorder.coding.fields(described, preferring: ExceptionEvent.keys)
    let hasEvent = recorder.exceptions.hasSpanEvents
    let stack = hasEvent && !failure.isRecorded(in: .span) ? failure.stack : nil
    let addresses = stack?.frames.map(\.lookupAddress) ?? []
    if recorder.errorNames == .otel, !addresses.isEmpty {
      unsafe addresses.withUnsafeBytes {
        unsafe fields.append(.attribute, key: "exception.stacktrace", type: .addresses, value: $0)
      }
    }
    let time = alignedTime(time)
    _ = write { writer in
      if hasEvent {
        writer.addException(
          ExceptionEvent.name, atNanoseconds: time, attributes: fields, essential: essential,
          atMost: recorder.coding.limits.events)
      }
      writer.setAttribute(Self.errorTypeKey, failure.type)
      writer.setAttribute(stack == nil ? "error.same_as" : "error.id", Int64(clamping: failure.id))
      if failure.isHandled { writer.setAttribute("error.handled", true) }
      guard let stack, recorder.errorNames == .ecs, !addresses.isEmpty else { return }
      if stack.source != .exact { writer.setAttribute("error.stack_source", stack.source.rawValue) }
      writer.setAddresses("error.stack_trace", addresses)
      if let place = failure.rethrownAt { writer.setAddresses(RethrowPlace.key, place.frames.map(\.lookupAddress)) }
    }
  }

  private static let errorTypeKey = "error.type"
  /// The attribute of a span whose operation was cancelled.
  private static let cancelledKey = "cancelled"

  private func noteCancellation() { _ = write { $0.setAttribute(Self.cancelledKey, true) } }

  /// Whether the operation was cancelled and no error was recorded.
  private var isOnlyCancelled: Bool {
    write { writer in
      writer.read { record in
        record.fields.contains { $0.kind == .attribute && $0.type == .bool && $0.keyText == Self.cancelledKey }
          && !record.fields.contains {
            $0.kind == .event && $0.keyText == ExceptionEvent.name
              || $0.kind == .attribute && $0.keyText == Self.errorTypeKey
          }
      }
    } ?? false
  }

  /// An instant by the local root's clock: one that was just read is replaced by the reading of the monotonic clock.
  private func alignedTime(_ instant: UInt64) -> UInt64 {
    // An event's instant was read some time before this call. Up to a millisecond counts as "now".
    let reading = recorder.clock.realtime
    return reading &- instant < 1_000_000 ? time.anchor.time(at: recorder.clock.monotonic) : instant
  }

  // MARK: The end

  /// Ends the span at an instant given by the caller; see ``GivenInstant``.
  func end(at instant: () -> UInt64) {
    leave()
    guard !slot.isNone else { return }
    finish(atNanoseconds: withRecorder { GivenInstant($0.clock, on: time.anchor, instant).time })
  }

  /// Ends the span now.
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
    let duration = end > time.start ? max(end - time.start, 1000) : 1000
    if verdict == nil, !withRecorder({ $0.hasHooks }) {
      unsafe _ = journal._withUnsafeGuaranteedRef { $0.end(slot, durationNanoseconds: duration, flags: flags) }
      return
    }
    // Read while the span is open, because later the slot may belong to another span.
    let operation = verdict.flatMap { $0.readsNames ? operationName : nil }
    guard recorder.journal.end(slot, durationNanoseconds: duration, flags: flags, as: .undecided) else { return }
    let isWanted = !recorder.hasHooks || passesHooks(durationNanoseconds: duration)
    if !isWanted {
      recorder.journal.dropByHook(slot)
    } else if verdict == nil {
      recorder.journal.decide(slot, keep: .headDecision)
    }
    // A root that a hook dropped still decides about the spans below it.
    verdict?.add(
      isWanted ? slot : .none, operation: operation, endsRoot: isLocalRoot, durationNanoseconds: duration,
      journal: recorder.journal)
  }

  /// The names of the enclosing open spans, outermost first, and of this span, last; at most 32.
  package var namesOfSpansAround: [String] { recorder.journal.namesOfChain(endingAt: slot, limit: 32) }

  /// The names of the spans that enclose a failure's throw, if that span is still known; otherwise those that enclose
  /// this span.
  package func namesOfSpans(around failure: CapturedFailure) -> [String] {
    guard let span = failure.spanAtThrow, let slot = span.slot else { return namesOfSpansAround }
    let names = recorder.journal.namesOfChain(
      endingAt: SlotReference(index: slot, generation: span.generation), limit: 32)
    return names.isEmpty ? namesOfSpansAround : names
  }
}
