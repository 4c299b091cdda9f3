// SPDX-License-Identifier: Apache-2.0

import CSpoor
import SpoorBase
import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

/// The context and C's table agree about the span, whatever happens to the context.
@Suite struct SpanContextTableTests {
  private enum OtherKey: ServiceContextKey { typealias Value = Int }

  /// The id that the table has for a context; nil if it has none.
  private func known(_ context: ServiceContext) -> UInt64? {
    ServiceContext.$current.withValue(context) {
      var span = spoor_span_ref()
      return SpanContextTable.current(&span) ? span.span_id : nil
    }
  }

  init() {
    #expect(ContextWord.isReadable == RuntimeShortcuts.areAllowed)
    #expect(SpanContextTable.install() == RuntimeShortcuts.areAllowed)
  }

  /// The expected entry of an open span: its id, or none without shortcuts.
  private func id(of span: SpoorSpan) -> UInt64? {
    RuntimeShortcuts.areAllowed ? span.core.traceContext.spanID.rawValue : nil
  }

  @Test(
    "a span is found among other values, which its context and those of its children keep", arguments: [0, 1, 3, 9])
  func otherValues(count: Int) throws {
    enum A: ServiceContextKey { typealias Value = Int }
    enum B: ServiceContextKey { typealias Value = String }
    enum C: ServiceContextKey { typealias Value = [Int] }
    enum D: ServiceContextKey { typealias Value = Int }
    enum E: ServiceContextKey { typealias Value = Int }
    let bench = try Bench()
    func add(to context: inout ServiceContext) {
      if count > 0 { context[A.self] = 1 }
      if count > 1 { (context[B.self], context[C.self]) = ("two", [3]) }
      if count > 3 { (context[D.self], context[E.self], context[OtherKey.self]) = (4, 5, 6) }
    }
    var context = ServiceContext.topLevel
    add(to: &context)
    #expect(context.activeSpan == nil)
    let root = bench.tracer.startSpan("root", context: context)
    let child = bench.tracer.startSpan("child", context: root.context)
    // Values that were set after the span, also after the dictionary has grown.
    var later = bench.tracer.startSpan("later", context: .topLevel).context
    add(to: &later)
    let last = bench.tracer.startSpan("last", context: later)
    for span in [root, child, last] {
      #expect(span.context.activeSpan === span.core)
      #expect(span.context.count == context.count + 1)
      #expect(span.context[A.self] == (count > 0 ? 1 : nil))
      #expect(span.context[B.self] == (count > 1 ? "two" : nil))
      #expect(span.context[C.self] == (count > 1 ? [3] : nil))
      #expect(span.context[OtherKey.self] == (count > 3 ? 6 : nil))
      #expect(known(span.context) == id(of: span))
    }
    #expect(child.core.traceContext.parentSpanID == root.core.traceContext.spanID)
    #expect(last.core.traceContext.parentSpanID == later.activeSpan?.traceContext.spanID)
  }

  @Test func anOpenSpanIsKnownByItsContextAndAnEndedOneIsNot() throws {
    let bench = try Bench()
    let span = bench.tracer.startSpan("test", context: .topLevel)
    #expect(known(span.context) == id(of: span))
    span.end()
    #expect(known(span.context) == nil)
  }

  @Test func theAddressOfAnOpenSpansContextIsGivenToNoOther() throws {
    let bench = try Bench()
    for _ in 0..<200 {
      // The span's own context is released, but the span stays open in one that was derived from it.
      var derived = bench.tracer.startSpan("test", context: .topLevel).context
      let kept = derived
      derived[OtherKey.self] = 1
      let span = try #require(bench.tracer.activeSpan(identifiedBy: derived))
      _ = consume kept
      var contexts: [ServiceContext] = []
      for number in 0..<50 {
        var other = ServiceContext.topLevel
        other[OtherKey.self] = number
        #expect(known(other) == nil)
        contexts.append(other)
      }
      span.end()
    }
  }

  @Test func aContextWhoseSpanIsTakenOutIsNoLongerKnown() throws {
    let bench = try Bench()
    let span = bench.tracer.startSpan("test", context: .topLevel)
    var context = bench.tracer.startSpan("other", context: .topLevel).context
    SpanContextTable.removeSpan(from: &context)
    #expect(context.activeSpan == nil)
    #expect(known(context) == nil)
    var copy = span.context
    SpanContextTable.removeSpan(from: &copy)
    #expect(known(copy) == nil)
    #expect(known(span.context) == id(of: span))
    span.end()
  }
}
