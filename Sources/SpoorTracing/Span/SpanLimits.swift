// SPDX-License-Identifier: Apache-2.0

/// The limits of one span. Anything above a limit is left out and counted in the span (`otel.dropped_…_count` in
/// Zipkin).
///
/// Names and defaults follow OpenTelemetry's "Span Limits", except the lengths, which OpenTelemetry leaves unbounded:
/// https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
///
/// The status, the name and the first recorded error have 8 KiB in addition to ``spanBytes``, so that a failed span is
/// always sent as failed.
public struct SpanLimits: Sendable, Hashable {
  /// Attributes of a span, default 128.
  public var attributes: Int
  /// Events of a span, default 128.
  public var events: Int
  /// Links of a span, default 128.
  public var links: Int
  /// Attributes of one event or link, default 32. Further ones are counted in its attribute
  /// `otel.dropped_attributes_count`.
  public var attributesPerEvent: Int
  /// Bytes of UTF-8 of one text, default 4096, at most 64 000. A longer one is cut between two characters and ends in
  /// `…(N bytes more)`. A list may take twice as much, and each of its texts as much. If elements of a list are
  /// dropped, an attribute `KEY.dropped_elements` has their number.
  public var valueBytes: Int
  /// Bytes of all attributes, events and links of a span together, with 8 bytes for each, from 408 to 57 336, default
  /// 32 768. A text that does not fit is cut to the remaining room.
  public var spanBytes: Int

  /// Creates limits; omitted arguments have their default.
  public init(
    attributes: Int = 128, events: Int = 128, links: Int = 128, attributesPerEvent: Int = 32, valueBytes: Int = 4096,
    spanBytes: Int = 32_768
  ) {
    self.attributes = attributes
    self.events = events
    self.links = links
    self.attributesPerEvent = attributesPerEvent
    self.valueBytes = valueBytes
    self.spanBytes = spanBytes
  }
}
