// SPDX-License-Identifier: Apache-2.0

/// A header format for a trace's context. The names are those of `OTEL_PROPAGATORS` where OpenTelemetry has one.
public enum PropagationFormat: String, Sendable, CaseIterable {
  /// One header, `b3: TRACE-SPAN-DECISION-PARENT`.
  case b3
  /// Several headers: `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-ParentSpanId`, `X-B3-Sampled` and `X-B3-Flags`.
  case b3multi
  /// One header `b3` without the parent, for messages. A receiver needs the parent only if it shares the caller's span,
  /// and a consumer always begins a span of its own. OpenTelemetry has no name for this format.
  case b3WithoutParent = "b3-without-parent"
  /// W3C Trace Context: `traceparent` and `tracestate`.
  case tracecontext
  /// AWS X-Ray's one header, `X-Amzn-Trace-Id: Root=1-8HEX-24HEX;Parent=16HEX;Sampled=1`. It is read only if this
  /// format is on, and only if no other header names a trace. It has no form for B3's debug flag.
  case xray
  /// W3C Baggage: `baggage`.
  case baggage
}
