import CSpoor
import SpoorContext
import SpoorJournal
import Testing
import Tracing

@testable import SpoorTracing

/// What a context says of its span and what C's table says of it are the same, whatever became of the context.
@Suite struct SpanContextTableTests {
  private enum OtherKey: ServiceContextKey { typealias Value = Int }

  /// The id that the table gives for a context, nil where it does not know.
  private func known(_ context: ServiceContext) -> UInt64? {
    ServiceContext.$current.withValue(context) {
      var span = spoor_span_ref()
      return SpanContextTable.current(&span) ? span.span_id : nil
    }
  }

  init() { #expect(SpanContextTable.install()) }

  @Test("nobody counts the references to the object of the task's context")
  func theContextsObjectIsImmortal() {
    let object = ServiceContext.$current
    /// The object's second word, where Swift counts.
    func count() -> UInt64 {
      unsafe Unmanaged.passUnretained(object).toOpaque().load(fromByteOffset: 8, as: UInt64.self)
    }
    let before = count()
    let references = (0..<1000).map { _ in object }
    #expect(references.count == 1000 && count() == before)
    withExtendedLifetime(references) {}
    for _ in 0..<1000 { unsafe Unmanaged.passUnretained(object).retain().release() }
    #expect(count() == before)
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
    // Values that came after the span, and in a table that has grown since.
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
      #expect(known(span.context) == span.core.traceContext.spanID.rawValue)
    }
    #expect(child.core.traceContext.parentSpanID == root.core.traceContext.spanID)
    #expect(last.core.traceContext.parentSpanID == later.activeSpan?.traceContext.spanID)
  }

  @Test func anOpenSpanIsKnownByItsContextAndAnEndedOneIsNot() throws {
    let bench = try Bench()
    let span = bench.tracer.startSpan("test", context: .topLevel)
    #expect(known(span.context) == span.core.traceContext.spanID.rawValue)
    span.end()
    #expect(known(span.context) == nil)
  }

  @Test func theAddressOfAnOpenSpansContextIsGivenToNoOther() throws {
    let bench = try Bench()
    for _ in 0..<200 {
      // The context the span handed out goes, the span stays open in one that was derived from it.
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
    #expect(known(span.context) == span.core.traceContext.spanID.rawValue)
    span.end()
  }
}
