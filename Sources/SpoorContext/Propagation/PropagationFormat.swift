/// A way to write a trace's context into headers. The names are those of `OTEL_PROPAGATORS`, where it has one.
public enum PropagationFormat: String, Sendable, CaseIterable {
  /// One header, `b3: TRACE-SPAN-DECISION-PARENT`.
  case b3
  /// Several headers, `X-B3-TraceId` and its kin.
  case b3multi
  /// One header `b3` without the parent, which a receiver needs only if it shares the caller's span: for messages, whose
  /// consumers always begin a span of their own. OpenTelemetry has no name for it.
  case b3WithoutParent = "b3-without-parent"
  /// W3C Trace Context: `traceparent` and `tracestate`.
  case tracecontext
  /// W3C Baggage: `baggage`.
  case baggage
}
