// SPDX-License-Identifier: Apache-2.0

public import SpoorContext
public import Tracing

/// The key of the span in a context. The value is one class reference, so that the context stores it without a box.
enum ActiveSpanKey: ServiceContextKey {
  typealias Value = SpanCore
  static var nameOverride: String? { "spoor-span" }
}

extension ServiceContext {
  /// The span of this process that is active here.
  package var activeSpan: SpanCore? { SpanContexts.span(of: self) }

  /// The active span of this process, for writing.
  package var activeSpoorSpan: SpoorSpan? { activeSpan.map { SpoorSpan(core: $0, context: self) } }

  /// The ids of the active span: one of this process or an extracted remote one. `nil` outside a trace.
  public var traceContext: TraceContext? {
    if let span = activeSpan { return span.traceContext }
    if case .context(let remote) = remoteTraceContext { return remote }
    return nil
  }
}
