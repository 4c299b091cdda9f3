// SPDX-License-Identifier: Apache-2.0

public import SpoorTracing

extension SpoorConfiguration {
  /// Which traces are recorded. A trace that its caller marked for debugging (B3's flag `d`) always is.
  public struct Sampling: Sendable {
    /// Decides about each trace. `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    public var sampler: (any Sampler)?
    /// Rules that are asked before the sampler: the first that applies decides. They apply to traces that begin here.
    /// `SPOOR_SAMPLING_RULES`.
    public var rules: [SamplingRule]?
    /// The most traces that begin here and are recorded in a second, 0 to 1 000 000, whatever the rules and the sampler
    /// decide. `SPOOR_TRACES_PER_SECOND`.
    public var tracesPerSecond: Double?
    /// Which spans are sent although the sampler left out their trace.
    public var keep = Keep()
    /// A file of `NAME=VALUE` lines with the variables of this group. It is read every second and changes the sampling
    /// while the service runs. `SPOOR_SAMPLING_FILE`.
    public var file: String?
    /// A signal that has every trace recorded that begins here; the next one restores the configured sampling.
    /// `SPOOR_SAMPLING_SIGNAL`.
    public var signal: Signal?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// Which local roots are sent, with the spans below them, although the sampler left out their trace.
  public struct Keep: Sendable, Hashable {
    /// Whether local roots are kept in which a span failed. `SPOOR_KEEP_FAILED`.
    public var failed: Bool?
    /// Local roots that took at least this long are kept. `SPOOR_KEEP_SLOWER_THAN` (milliseconds).
    public var slowerThan: Duration?
    /// Limits of single operations, by name; `*` stands for any characters, and the longest pattern that matches
    /// applies. Merged with `SPOOR_KEEP_SLOWER_THAN_BY_OPERATION` by name; code wins.
    public var slowerThanByOperation: [String: Duration] = [:]

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// Whether spans are recorded, what one may hold, and who sees it at its end.
  public struct Spans: Sendable {
    /// Whether spans are recorded at all; without them Spoor only logs. `OTEL_SDK_DISABLED` (`1` for no). They are not
    /// recorded either if ``Export/exporters`` is empty.
    public var areRecorded: Bool?
    /// How much one span may hold.
    public var limits = Limits()
    /// See each recorded span at its end, in their order, and change or drop it.
    public var hooks: [SpanHook] = []

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// How much one span may hold. What exceeds a limit is left out and counted in the span (`otel.dropped_…_count`).
  public struct Limits: Sendable, Hashable {
    /// Attributes of a span. `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.
    public var attributes: Int?
    /// Events of a span. `OTEL_SPAN_EVENT_COUNT_LIMIT`.
    public var events: Int?
    /// Links of a span. `OTEL_SPAN_LINK_COUNT_LIMIT`.
    public var links: Int?
    /// Attributes of one event or link. `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.
    public var attributesPerEvent: Int?
    /// Bytes of UTF-8 of one text; a longer one is cut and ends in `…(N bytes more)`.
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    public var valueBytes: Int?
    /// Bytes of everything that a span holds: its name, attributes, events and links. `SPOOR_SPAN_BYTES`.
    public var totalBytes: Int?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }
}
