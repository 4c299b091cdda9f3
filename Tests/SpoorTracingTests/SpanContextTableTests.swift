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
