/// How much one span may hold. What goes beyond is left out and counted in the span (`otel.dropped_…_count` in Zipkin).
///
/// Names and defaults follow OpenTelemetry's "Span Limits", except the length of values, which OpenTelemetry leaves
/// unbounded: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
public struct SpanLimits: Sendable, Hashable {
  /// Attributes of a span, default 128.
  public var attributes: Int
  /// Events of a span, default 128.
  public var events: Int
  /// Links of a span, default 128.
  public var links: Int
  /// Attributes of one event or link, default 32.
  public var attributesPerEvent: Int
  /// Bytes of UTF-8 of one text, default 4096. A longer one is cut between two characters and ends in `…(N bytes more)`.
  public var valueBytes: Int

  /// The defaults, or others.
  public init(
    attributes: Int = 128, events: Int = 128, links: Int = 128, attributesPerEvent: Int = 32, valueBytes: Int = 4096
  ) {
    self.attributes = attributes
    self.events = events
    self.links = links
    self.attributesPerEvent = attributesPerEvent
    self.valueBytes = valueBytes
  }
}
