package import SpoorContext
internal import SpoorJournal
public import Tracing

/// The tracer: spans that are born in the journal and stay there until a collector has them.
///
/// Thread-safe; one per process is usual. `InstrumentationSystem.bootstrap` takes it, or `withTracer` for a scope.
///
/// All copies are the same tracer. A struct, for swift-distributed-tracing looks for the tracer with three dynamic casts per
/// span, which take a class a third longer.
@safe
public struct SpoorTracer: Tracer {
  /// The type of its spans.
  public typealias Span = SpoorSpan

  /// Kept by the owner, or for ever where there is none.
  private let parts: Unmanaged<Parts>
  private let owner: Parts?

  fileprivate final class Parts: Sendable {
    let recorder: SpanRecorder
    /// Whether the recorder is kept whatever becomes of the spans.
    let recorderStays: Bool
    let head: HeadDecision
    let contexts: SpanContexts
    let propagator: TracePropagator
    let keepRules: PreparedKeepRules?
    let uses64BitTraceIDs: Bool
    let recordsOrigin: Bool
    let rootNotes: RootNotes
    let honoursDebug: Bool
    let flush: @Sendable () -> Void

    init(
      recorder: SpanRecorder, head: HeadDecision, propagator: TracePropagator, keepRules: PreparedKeepRules?,
      uses64BitTraceIDs: Bool, recordsOrigin: Bool, rootNotes: RootNotes, honoursDebug: Bool,
      flush: @escaping @Sendable () -> Void
    ) {
      self.recorder = recorder
      recorderStays = false
      self.head = head
      contexts = SpanContexts(with: SpanCore(handingOn: TraceContext(traceID: .random(), spanID: .random()), recorder))
      self.propagator = propagator
      self.keepRules = keepRules
      self.uses64BitTraceIDs = uses64BitTraceIDs
      self.recordsOrigin = recordsOrigin
      self.rootNotes = rootNotes
      self.honoursDebug = honoursDebug
      self.flush = flush
    }

    /// The same, of which one more reference than there is never goes.
    init(forEver other: Parts) {
      recorder = other.recorder
      recorderStays = true
      head = other.head
      contexts = other.contexts
      propagator = other.propagator
      keepRules = other.keepRules
      uses64BitTraceIDs = other.uses64BitTraceIDs
      recordsOrigin = other.recordsOrigin
      rootNotes = other.rootNotes
      honoursDebug = other.honoursDebug
      flush = other.flush
    }
  }

  package var recorder: SpanRecorder { unsafe parts._withUnsafeGuaranteedRef { $0.recorder } }
  var propagator: TracePropagator { unsafe parts._withUnsafeGuaranteedRef { $0.propagator } }

  package init(
    recorder: SpanRecorder, sampler: any Sampler, propagator: TracePropagator, keepRules: KeepRules = KeepRules(),
    uses64BitTraceIDs: Bool = false, recordsOrigin: Bool = true, baggageTags: Set<String> = [],
    honoursDebug: Bool = true, flush: @escaping @Sendable () -> Void = {}
  ) {
    let parts = Parts(
      recorder: recorder, head: HeadDecision(sampler), propagator: propagator, keepRules: PreparedKeepRules(keepRules),
      uses64BitTraceIDs: uses64BitTraceIDs, recordsOrigin: recordsOrigin,
      rootNotes: RootNotes(baggageTags: baggageTags), honoursDebug: honoursDebug, flush: flush)
    unsafe self.parts = Unmanaged.passUnretained(parts)
    owner = parts
  }

  /// The same tracer for `InstrumentationSystem.bootstrap`, which keeps it as long as the process lives.
  ///
  /// That system copies its instrument four times per span, and each span has its recorder. Nothing is counted here, where a
  /// reference would be: atomically, and by all threads in one place.
  package init(forEver tracer: SpoorTracer) {
    unsafe parts = tracer.parts._withUnsafeGuaranteedRef { unsafe Unmanaged.passRetained(Parts(forEver: $0)) }
    owner = nil
  }

  /// Starts a span: a child of the span in `context`, of the one a carrier brought, or the root of a new trace.
  ///
  /// It stays open until its `end`. One that finds the journal full is not recorded and counted; its ids are handed on
  /// all the same.
  public func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> SpoorSpan {
    unsafe parts._withUnsafeGuaranteedRef {
      let recorder = $0.recorder
      return $0.startSpan(operationName, context: context(), kind, function: function, fileID: fileID, line: line) {
        SpanTime(recorder.clock, below: $0, origin: recorder.clockOrigin) { instant().nanosecondsSinceEpoch }
      }
    }
  }

  /// Starts a span now.
  @inline(never)
  @usableFromInline
  func startSpanNow(
    _ operationName: String, context: ServiceContext, ofKind kind: SpanKind, function: String, file fileID: String,
    line: UInt
  ) -> SpoorSpan {
    unsafe parts._withUnsafeGuaranteedRef {
      let recorder = $0.recorder
      return $0.startSpan(operationName, context: context, kind, function: function, fileID: fileID, line: line) {
        SpanTime(recorder.clock, below: $0, origin: recorder.clockOrigin)
      }
    }
  }

  /// The span of this process that is active in the context.
  public func activeSpan(identifiedBy context: ServiceContext) -> SpoorSpan? {
    context.activeSpan.map { SpoorSpan(core: $0, context: context) }
  }

  /// Asks the shipper to send what has finished, and returns at once.
  public func forceFlush() { unsafe parts._withUnsafeGuaranteedRef { $0.flush() } }

  // MARK: Instrument

  /// Reads trace context and baggage from a carrier: B3 single first, then B3 multi, then W3C. An invalid header is as
  /// good as none: the next span starts a new trace. Of a caller who is not one of the ``TrustedPeers``, only a link to its
  /// span is left.
  public func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    SpanContextTable.removeSpan(from: &context)
    unsafe parts._withUnsafeGuaranteedRef { $0.propagator.extract(from: carrier, using: extractor, into: &context) }
  }

  /// Writes the context's trace ids and baggage into a carrier, in the configured formats. Outside a trace, what there is:
  /// a decision that a caller sent without ids (`b3: 0`), and baggage.
  public func inject<Carrier, Inject: Injector>(
    _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    unsafe parts._withUnsafeGuaranteedRef { $0.propagator.inject(context, into: &carrier, using: injector) }
  }
}

extension SpoorTracer.Parts {
  @inline(__always)
  fileprivate func startSpan(
    _ operationName: String, context: ServiceContext, _ kind: SpanKind, function: String, fileID: String, line: UInt,
    time: (_ parent: SpanTime?) -> SpanTime
  ) -> SpoorSpan {
    let isTopLevel = context.isEmpty  // Then two look-ups are saved.
    let parent = isTopLevel ? nil : context.activeSpan
    let origin = isTopLevel || parent != nil ? nil : context.remoteOrigin
    let lineage =
      if let parent { Lineage(local: parent) } else if let origin { Lineage(remote: origin.extracted) } else {
        Lineage()
      }
    let traceID = lineage.traceID ?? .random(is64Bit: uses64BitTraceIDs)
    let result =
      lineage.decision == .debug && honoursDebug
      ? .debug
      : head.result(parent: lineage.decision) {
        SamplingRequest(
          traceID: traceID, operationName: operationName, kind: kind, parentDecision: lineage.decision,
          hasLocalParent: parent != nil, hasParent: lineage.parentID != nil,
          context: isTopLevel || parent != nil ? nil : context)
      }
    let traceState =
      if let parent { parent.traceContext.traceState } else { origin?.extracted?.traceContext?.traceState }
    let traceContext = TraceContext(
      traceID: traceID, spanID: .random(), parentSpanID: lineage.parentID,
      sampling: result.isSampled ? (lineage.decision == .debug ? .debug : .sampled) : .notSampled,
      traceState: traceState, hasRandomTraceID: lineage.hasRandomTraceID)

    var verdict: LocalRootVerdict?
    if !result.isSampled, let keepRules = keepRules {
      verdict = parent?.verdict ?? LocalRootVerdict(rules: keepRules)
    }
    let core: SpanCore
    if result.isSampled || verdict != nil {
      let time = time(parent?.time)
      let slot = recorder.open(
        SpanStart(
          traceIDHigh: traceID.high, traceIDLow: traceID.low, spanID: traceContext.spanID.rawValue,
          parentSpanID: lineage.parentID?.rawValue ?? 0, startNanoseconds: time.start, startMonotonic: time.monotonic,
          kind: SpanRecordKind(kind), flags: lineage.flags, parent: parent?.slot ?? .none),
        operationName, function, recordsOrigin ? fileID : "", line)
      if parent == nil { rootNotes.write(result, origin, context, to: slot, recorder) }
      core = SpanCore(
        traceContext: traceContext, recorder: recorder, staysForEver: recorderStays, slot: slot, time: time,
        startName: operationName,
        verdict: slot.isNone ? nil : verdict, isLocalRoot: parent == nil)
    } else {
      recorder.journal.countSampledOut()
      core = SpanCore(
        handingOn: traceContext, recorder, staysForEver: recorderStays, startName: operationName,
        isLocalRoot: parent == nil)
    }
    let own = contexts.context(
      context, isEmpty: isTopLevel, hasParent: parent != nil, hasOrigin: origin != nil, with: core)
    core.contextWord = SpanContextTable.enter(own, core)
    return SpoorSpan(core: core, context: consume own)  // Moved: a copy would be counted, 10 ns.
  }
}

/// Where a span comes from: what its parent hands down, but for the trace state.
private struct Lineage {
  var traceID: TraceID?
  var parentID: SpanID?
  var decision = SamplingDecision.undecided
  var hasRandomTraceID = false
  var flags: SpanRecordFlags

  /// Of a root.
  init() { flags = .localRoot }

  init(local parent: SpanCore) {
    flags = SpanRecordFlags()
    traceID = parent.traceContext.traceID
    parentID = parent.traceContext.spanID
    decision = parent.traceContext.sampling
    hasRandomTraceID = parent.traceContext.hasRandomTraceID
    if decision == .debug { flags = .debug }
  }

  init(remote: ExtractedContext?) {
    flags = .localRoot
    switch remote {
    case .context(let parent):
      traceID = parent.traceID
      parentID = parent.spanID
      decision = parent.sampling
      hasRandomTraceID = parent.hasRandomTraceID
      flags.insert(.remoteParent)
    case .samplingOnly(let decision):
      self.decision = decision
    case nil: break
    }
    if decision == .debug { flags.insert(.debug) }
  }
}

extension SpanRecordKind {
  fileprivate init(_ kind: SpanKind) {
    self =
      switch kind {
      case .server: .server
      case .client: .client
      case .producer: .producer
      case .consumer: .consumer
      case .internal: .internal
      }
  }
}
