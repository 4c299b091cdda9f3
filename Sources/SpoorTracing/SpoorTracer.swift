// SPDX-License-Identifier: Apache-2.0

package import SpoorContext
internal import SpoorJournal
public import Tracing

/// A tracer that writes spans straight into the journal, where they stay until a collector has acknowledged them.
///
/// It is thread-safe, and usually there is one per process. Install it with `InstrumentationSystem.bootstrap`, or use
/// `withTracer` for a scope.
///
/// All copies are the same tracer. It is a struct, because swift-distributed-tracing finds the tracer with three
/// dynamic casts per span, which take a third longer for a class.
@safe
public struct SpoorTracer: Tracer {
  /// The type of the tracer's spans.
  public typealias Span = SpoorSpan

  /// Kept alive by the owner, or forever if there is none.
  private let parts: Unmanaged<Parts>
  private let owner: Parts?

  fileprivate final class Parts: Sendable {
    let recorder: SpanRecorder
    /// Whether the recorder lives as long as the process.
    let recorderStays: Bool
    let sampling: SamplingSwitch
    let contexts: SpanContexts
    let propagator: TracePropagator
    let uses64BitTraceIDs: Bool
    let recordsOrigin: Bool
    let rootNotes: RootNotes
    let honoursDebug: Bool
    let flush: @Sendable () -> Void

    init(
      recorder: SpanRecorder, sampling: SamplingSwitch, propagator: TracePropagator, uses64BitTraceIDs: Bool,
      recordsOrigin: Bool, rootNotes: RootNotes, honoursDebug: Bool, flush: @escaping @Sendable () -> Void
    ) {
      self.recorder = recorder
      recorderStays = false
      self.sampling = sampling
      contexts = SpanContexts(with: SpanCore(handingOn: TraceContext(traceID: .random(), spanID: .random()), recorder))
      self.propagator = propagator
      self.uses64BitTraceIDs = uses64BitTraceIDs
      self.recordsOrigin = recordsOrigin
      self.rootNotes = rootNotes
      self.honoursDebug = honoursDebug
      self.flush = flush
    }

    /// A copy that is retained once more than it is released, so that it lives as long as the process.
    init(forEver other: Parts) {
      recorder = other.recorder
      recorderStays = true
      sampling = other.sampling
      contexts = other.contexts
      propagator = other.propagator
      uses64BitTraceIDs = other.uses64BitTraceIDs
      recordsOrigin = other.recordsOrigin
      rootNotes = other.rootNotes
      honoursDebug = other.honoursDebug
      flush = other.flush
    }
  }

  package var recorder: SpanRecorder { unsafe parts._withUnsafeGuaranteedRef { $0.recorder } }
  var sampling: SamplingSwitch { unsafe parts._withUnsafeGuaranteedRef { $0.sampling } }
  var propagator: TracePropagator { unsafe parts._withUnsafeGuaranteedRef { $0.propagator } }

  package init(
    recorder: SpanRecorder, sampler: any Sampler, propagator: TracePropagator, keepRules: KeepRules = KeepRules(),
    uses64BitTraceIDs: Bool = false, recordsOrigin: Bool = true, baggageTags: Set<String> = [],
    honoursDebug: Bool = true, flush: @escaping @Sendable () -> Void = {}
  ) {
    let parts = Parts(
      recorder: recorder, sampling: SamplingSwitch(SamplingSwitch.Plan(sampler, keepRules)), propagator: propagator,
      uses64BitTraceIDs: uses64BitTraceIDs, recordsOrigin: recordsOrigin,
      rootNotes: RootNotes(baggageTags: baggageTags), honoursDebug: honoursDebug, flush: flush)
    unsafe self.parts = Unmanaged.passUnretained(parts)
    owner = parts
  }

  /// A copy for `InstrumentationSystem.bootstrap`, which keeps it as long as the process lives.
  ///
  /// That system copies its instrument four times per span, and each span holds its recorder. This copy has no
  /// reference count, which all threads would otherwise update atomically in one place.
  package init(forEver tracer: SpoorTracer) {
    unsafe parts = tracer.parts._withUnsafeGuaranteedRef { unsafe Unmanaged.passRetained(Parts(forEver: $0)) }
    owner = nil
  }

  /// Starts a span: a child of the span in `context`, a child of an extracted remote span, or the root of a new trace.
  ///
  /// The span stays open until its `end`. If the journal is full, the span is not recorded but counted; its ids are
  /// still passed on.
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

  /// Asks the shipper to send the finished spans, and returns at once.
  public func forceFlush() { unsafe parts._withUnsafeGuaranteedRef { $0.flush() } }

  // MARK: Instrument

  /// Reads trace context and baggage from a carrier: B3 single first, then B3 multi, then W3C. An invalid header counts
  /// as absent: the next span starts a new trace. If the caller is not one of the ``TrustedPeers``, only a link to its
  /// span is kept.
  public func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    SpanContextTable.removeSpan(from: &context)
    unsafe parts._withUnsafeGuaranteedRef { $0.propagator.extract(from: carrier, using: extractor, into: &context) }
  }

  /// Writes the context's trace ids and baggage into a carrier, in the configured formats. Outside a trace it writes
  /// baggage, and the decision of a caller that sent no ids (`b3: 0`).
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
    let isTopLevel = context.isEmpty  // Saves two look-ups.
    let parent = isTopLevel ? nil : context.activeSpan
    let origin = isTopLevel || parent != nil ? nil : context.remoteOrigin
    let lineage =
      if let parent { Lineage(local: parent) } else if let origin { Lineage(remote: origin.extracted) } else {
        Lineage()
      }
    let traceID = lineage.traceID ?? .random(is64Bit: uses64BitTraceIDs)
    let plan = unsafe sampling.current
    let result =
      lineage.decision == .debug && honoursDebug
      ? .debug
      : unsafe plan._withUnsafeGuaranteedRef {
        $0.head.result(parent: lineage.decision) {
          SamplingRequest(
            traceID: traceID, operationName: operationName, kind: kind, parentDecision: lineage.decision,
            hasLocalParent: parent != nil, hasParent: lineage.parentID != nil,
            context: isTopLevel || parent != nil ? nil : context)
        }
      }
    let traceState =
      if let parent { parent.traceContext.traceState } else { origin?.extracted?.traceContext?.traceState }
    let traceContext = TraceContext(
      traceID: traceID, spanID: .random(), parentSpanID: lineage.parentID,
      sampling: result.isSampled ? (lineage.decision == .debug ? .debug : .sampled) : .notSampled,
      traceState: traceState, hasRandomTraceID: lineage.hasRandomTraceID)

    var verdict: LocalRootVerdict?
    if !result.isSampled, let keepRules = unsafe plan._withUnsafeGuaranteedRef({ $0.keepRules }) {
      verdict = parent?.verdict ?? LocalRootVerdict(rules: keepRules)
    }
    let core: SpanCore
    if result.isSampled || verdict != nil {
      let time = time(parent?.time)
      let slot = recorder.open(
        SpanStart(
          traceIDHigh: traceID.high, traceIDLow: traceID.low, spanID: traceContext.spanID.rawValue,
          parentSpanID: lineage.parentID?.rawValue ?? 0, startNanoseconds: time.start, startMonotonic: time.monotonic,
          kind: SpanRecordKind(kind), flags: lineage.flags, parent: parent?.slot ?? .none,
          awaitsVerdict: verdict != nil),
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
    return SpoorSpan(core: core, context: consume own)  // Moved, because counting a copy costs 10 ns.
  }
}

/// The values that a span inherits from its parent, except the trace state.
private struct Lineage {
  var traceID: TraceID?
  var parentID: SpanID?
  var decision = SamplingDecision.undecided
  var hasRandomTraceID = false
  var flags: SpanRecordFlags

  /// The origin of a root span.
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
