// SPDX-License-Identifier: Apache-2.0

package import CSpoor
internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal
internal import Tracing

/// Makes the current span available to C, for the throw hook and the crash handler, which cannot run Swift code.
///
/// `withSpan` binds a `ServiceContext` and nothing else, and a context is one word (``ContextWord``). At its start a
/// span enters the word of its context into C's table, and at its end it removes the word. See `spoor_context.h`.
package enum SpanContextTable {
  /// Read on every span. Written once, before the first span that must be found, and never reset.
  nonisolated(unsafe) private static var isOn = false
  private static let isInstalled: Bool = {
    guard ContextWord.isReadable else { return false }
    unsafe isOn = true
    return true
  }()

  /// Switches the table on, for the life of the process. Returns false if contexts are not words that C can find:
  /// stacks then have no span, and log records read their ids from the context.
  package static func install() -> Bool { isInstalled }

  /// Enters a span at its start. Returns the word for removing it; 0 if the table is off or full.
  @inline(__always)
  static func enter(_ context: ServiceContext, _ core: SpanCore) -> UInt64 {
    guard unsafe isOn else { return 0 }
    spoor_thread_prepare()
    let word = ContextWord.of(context)
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

  /// Removes a span at its end.
  @inline(__always)
  static func leave(_ word: UInt64, _ spanID: SpanID) {
    if word != 0, spoor_context_leave(word, spanID.rawValue) { spoor_context_let_go(word) }
  }

  /// Removes the span from a context. If the context is the only owner of its storage, it keeps its word, which then no
  /// longer belongs to the span.
  static func removeSpan(from context: inout ServiceContext) {
    guard let core = context.activeSpan else { return }
    let before = ContextWord.of(context)
    context[ActiveSpanKey.self] = nil
    if ContextWord.of(context) == before { leave(before, core.traceContext.spanID) }
  }

  /// Finds the span whose context is current, in a few nanoseconds. Returns false if there is none, or if only the
  /// context itself has it because a key was set since.
  @inline(__always)
  package static func current(_ span: inout spoor_span_ref) -> Bool {
    unsafe isOn && spoor_context_current(&span) == UInt32(SPOOR_SPAN_EXACT)
  }
}
