// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// A span of ``SpoorTracer``: a small value whose copies all refer to the same span.
///
/// Every method may be called from any thread. After `end` calls have no effect; reads then return the name with which
/// the span started and no attributes, because its record belongs to the shipper.
public struct SpoorSpan: Span {
  let core: SpanCore
  /// The context that makes this span the parent of spans that start in it.
  public let context: ServiceContext

  /// The name of the operation; the last value counts.
  public var operationName: String {
    get { core.operationName }
    nonmutating set { core.rename(newValue) }
  }

  /// The attributes of the span. `span.attributes["key"] = value` writes one attribute. Concurrent writes of other
  /// threads to other keys are kept, but an attribute that another thread removes at the same moment may reappear.
  /// Limits: ``SpanLimits``.
  public var attributes: SpanAttributes {
    get { core.attributes }
    nonmutating set {
      let (_, taken) = core.takeAttributes()
      var attributes = newValue
      core.putAttributes(&attributes, taken: taken)
    }
    // Inlined into its witness, with only three words alive across the `yield`, so that Swift needs no allocation.
    @inline(__always)
    nonmutating _modify {
      var (attributes, taken) = core.takeAttributes()
      yield &attributes
      core.putAttributes(&attributes, taken: taken)
    }
  }

  /// Whether the span is recorded: `false` for an unsampled span, one that was dropped because the journal was full,
  /// and one that has ended.
  public var isRecording: Bool { core.isRecording }

  /// Sets the status; the last one counts. An error without a message gets the message of the last recorded error.
  public func setStatus(_ status: SpanStatus) { core.setStatus(status) }

  /// Adds an event.
  public func addEvent(_ event: SpanEvent) { core.addEvent(event) }

  /// Records an error as OpenTelemetry's event `exception` and its type as `error.type`. It does not set the status.
  public func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    core.recordError(error, attributes: attributes, atNanoseconds: instant().nanosecondsSinceEpoch)
  }

  /// Adds a link to another span. A context without a span is ignored.
  public func addLink(_ link: SpanLink) { core.addLink(link) }

  /// Ends the span; only the first call counts. An instant before the start becomes start + 1 µs.
  public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    core.end { instant().nanosecondsSinceEpoch }
  }
}
