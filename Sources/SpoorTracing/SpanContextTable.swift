package import CSpoor
internal import SpoorContext
internal import SpoorJournal
internal import Tracing

/// Tells C which span is current: for the hook at a throw and the handler of a crash, which cannot ask Swift.
///
/// `withSpan` binds a `ServiceContext` and nothing else, and a context is one word. A span enters the word of the context it
/// hands out into C's table at its start, and leaves it at its end. See `spoor_context.h`.
package enum SpanContextTable {
  private static let state = Locked(false)
  /// Read on every span: set once, before the first span of the process, and never unset.
  nonisolated(unsafe) private static var isOn = false

  /// Switches it on. Returns false where a context is not one word, or does not come back as it was bound: stacks then have
  /// no span.
  package static func install() -> Bool {
    state.withLock { isDone in
      if isDone { return true }
      guard MemoryLayout<ServiceContext?>.size == 8, MemoryLayout<ServiceContext>.size == 8 else { return false }
      // The key is the address of the `TaskLocal` object, a global that lives for ever.
      let key = unsafe Unmanaged.passUnretained(ServiceContext.$current).toOpaque()
      unsafe spoor_context_set_key(key, word(of: ServiceContext.topLevel))
      // The API takes two references to it per span, and all threads count them in one place: 170 ns a span with two.
      unsafe spoor_count_no_references(key)
      var probe = ServiceContext.topLevel
      probe[ProbeKey.self] = 1
      guard ServiceContext.$current.withValue(probe, operation: { spoor_context_word() }) == word(of: probe) else {
        spoor_context_set_key(nil, 0)
        return false
      }
      unsafe isOn = true
      isDone = true
      return true
    }
  }

  private enum ProbeKey: ServiceContextKey { typealias Value = Int }

  private static func word(of context: ServiceContext) -> UInt64 { unsafe unsafeBitCast(context, to: UInt64.self) }

  /// At a span's start: returns the word to leave with, 0 where it is off.
  @inline(__always)
  static func enter(_ context: ServiceContext, _ core: SpanCore) -> UInt64 {
    guard unsafe isOn else { return 0 }
    spoor_thread_prepare()
    let word = word(of: context)
    var span = spoor_span_ref()
    span.trace_high = core.traceContext.traceID.high
    span.trace_low = core.traceContext.traceID.low
    span.span_id = core.traceContext.spanID.rawValue
    span.start = core.time.monotonic
    span.task = spoor_current_task()
    span.thread = spoor_thread_id()
    span.slot = core.slot.index
    span.generation = core.slot.generation
    span.flags = core.traceContext.sampling.isSampled ? UInt32(SPOOR_SPAN_SAMPLED) : 0
    switch unsafe Int(spoor_context_enter(word, &span)) {
    case SPOOR_CONTEXT_ENTERED: spoor_context_hold(word)
    case SPOOR_CONTEXT_REPLACED: break  // Held already.
    default: return 0
    }
    return word
  }

  /// At its end.
  @inline(__always)
  static func leave(_ word: UInt64, _ spanID: SpanID) {
    if word != 0, spoor_context_leave(word, spanID.rawValue) { spoor_context_let_go(word) }
  }

  /// Takes the span out of a context. Where the context keeps its word, being the only one to have its storage, the word
  /// is this span's no more.
  static func removeSpan(from context: inout ServiceContext) {
    guard let core = context.activeSpan else { return }
    let before = word(of: context)
    context[ActiveSpanKey.self] = nil
    if word(of: context) == before { leave(before, core.traceContext.spanID) }
  }

  /// The span whose context is current, in a few nanoseconds. False where there is none, and where only the context itself
  /// can tell: a key was set since.
  @inline(__always)
  package static func current(_ span: inout spoor_span_ref) -> Bool {
    unsafe isOn && spoor_context_current(&span) == UInt32(SPOOR_SPAN_EXACT)
  }
}
