public import SpoorContext
public import Tracing

/// Under which a context carries its span. The value is one class reference, so that it lies in the context without a box.
enum ActiveSpanKey: ServiceContextKey {
  typealias Value = SpanCore
  static var nameOverride: String? { "spoor-span" }
}

extension ServiceContext {
  /// The span of this process that is active here.
  package var activeSpan: SpanCore? { SpanContexts.span(of: self) }

  /// The same as a span to write to.
  package var activeSpoorSpan: SpoorSpan? { activeSpan.map { SpoorSpan(core: $0, context: self) } }

  /// The ids of the span that is active here: one of this process, or the one a carrier brought. Nil outside a trace.
  public var traceContext: TraceContext? {
    if let span = activeSpan { return span.traceContext }
    if case .context(let remote) = remoteTraceContext { return remote }
    return nil
  }
}
