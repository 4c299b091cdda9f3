/// In which headers trace context is written. The raw values are those of `OTEL_PROPAGATORS`.
public enum PropagationFormat: String, Sendable, Hashable, CaseIterable {
  /// B3 in the one header `b3`.
  case b3
  /// The same without the parent's id, which few receivers use.
  case b3WithoutParent = "b3-without-parent"
  /// B3 in several headers `X-B3-…`.
  case b3multi
  /// W3C `traceparent` and `tracestate`.
  case tracecontext
  /// W3C `baggage`.
  case baggage
}
