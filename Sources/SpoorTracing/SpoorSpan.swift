public import Tracing

/// A span of ``SpoorTracer``: a small value, all copies of which are the same span.
///
/// Everything may be called from any thread. After `end` nothing changes any more; reads then give the name the span
/// started with and no attributes, since its record belongs to the shipper.
public struct SpoorSpan: Span {
  let core: SpanCore
  /// The context that makes this span the parent of what is started in it.
  public let context: ServiceContext

  /// The operation's name; the last one that was set counts.
  public var operationName: String {
    get { core.operationName }
    nonmutating set { core.rename(newValue) }
  }

  /// The span's attributes. `span.attributes["key"] = value` writes one; what other threads write at the same time to
  /// other keys is kept, but one that another thread takes away at that moment may come back. Limits: ``SpanLimits``.
  public var attributes: SpanAttributes {
    get { core.attributes }
    nonmutating set {
      let (_, taken) = core.takeAttributes()
      var attributes = newValue
      core.putAttributes(&attributes, taken: taken)
    }
    // Inlined into its witness, and what lives across the `yield` is three words: so Swift needs no allocation for it.
    @inline(__always)
    nonmutating _modify {
      var (attributes, taken) = core.takeAttributes()
      yield &attributes
      core.putAttributes(&attributes, taken: taken)
    }
  }

  /// Whether what is written here is kept: false for an unsampled span, one that found the journal full, an ended one.
  public var isRecording: Bool { core.isRecording }

  /// Sets the status; the last one counts. An error without a message takes that of the last recorded error.
  public func setStatus(_ status: SpanStatus) { core.setStatus(status) }

  /// Adds an event.
  public func addEvent(_ event: SpanEvent) { core.addEvent(event) }

  /// Records an error as OpenTelemetry's event `exception`, and its type as `error.type`. Does not set the status.
  public func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    core.recordError(error, attributes: attributes, atNanoseconds: instant().nanosecondsSinceEpoch)
  }

  /// Links another span. A context without a span is passed over.
  public func addLink(_ link: SpanLink) { core.addLink(link) }

  /// Ends the span; only the first call counts. An instant before the start becomes the start + 1 µs.
  public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    core.end { instant().nanosecondsSinceEpoch }
  }
}
