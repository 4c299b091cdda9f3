internal import CSpoor
public import Logging
internal import SpoorContext
package import SpoorStacks
internal import SpoorTracing
internal import Tracing

/// swift-log's handler: JSON records with the trace and span id of where they were written.
///
/// `LoggingSystem.bootstrap` takes it through `SpoorSystem`; it can also be one of several in a `MultiplexLogHandler`.
public struct SpoorLogHandler: LogHandler {
  private let label: String
  private let pipeline: LogPipeline
  /// Fields of every record of this logger; those of the provider and of the call come before them.
  public var metadata: Logger.Metadata = [:]
  /// Asked on the caller's task for each record that is written.
  public var metadataProvider: Logger.MetadataProvider?
  /// Records below it are not written.
  public var logLevel: Logger.Level

  package init(
    label: String, pipeline: LogPipeline, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    self.pipeline = pipeline
    logLevel = level
    self.metadataProvider = metadataProvider
  }

  /// One field of every record of this logger.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a record.
  public func log(event: LogEvent) {
    spoor_thread_prepare()  // So that a crash on this thread can be recorded, a stack overflow included.
    let active = ServiceContext.current?.activeSpan
    let context = active?.traceContext ?? ServiceContext.current?.traceContext
    var record = LogRecord(
      time: spoor_realtime_ns(), level: event.level, message: event.message.description, logger: label,
      trace: context.map {
        LogTrace(
          traceIDHigh: $0.traceID.high, traceIDLow: $0.traceID.low, spanID: $0.spanID.rawValue,
          isSampled: $0.sampling.isSampled)
      }, fields: fields(of: event))
    if let error = event.error {
      let failure = (error as? HandledError)?.failure ?? CapturedFailure(error, sinks: .log)
      // Logged when its span is over, it belongs to the trace of its throw all the same.
      if record.trace == nil, let span = failure.spanAtThrow {
        record.trace = LogTrace(
          traceIDHigh: span.traceIDHigh, traceIDLow: span.traceIDLow, spanID: span.spanID, isSampled: span.slot != nil)
      }
      var fields = FailureFields(failure)
      if error is HandledError { fields.isHandled = true }
      if fields.spans.isEmpty { fields.spans = active?.namesOfSpans(around: failure) ?? [] }
      if let trace = record.trace, !failure.isRecorded(in: .log) { fields.breadcrumbs = pipeline.breadcrumbs.of(trace) }
      record.failure = fields
    }
    if let trace = record.trace {
      pipeline.breadcrumbs.add(.init(time: record.time, level: record.level, event: record.message), to: trace)
    }
    pipeline.write(record)
  }

  /// All fields by their keys, sorted: the handler's come first, then the provider's, the call's last.
  private func fields(of event: LogEvent) -> [(key: String, value: Logger.MetadataValue)] {
    let provided = metadataProvider?.get() ?? [:]
    let own = event.metadata ?? [:]
    var merged = own
    if !provided.isEmpty { merged.merge(provided) { call, _ in call } }
    if !metadata.isEmpty { merged.merge(metadata) { newer, _ in newer } }
    if !pipeline.settings.baggageFields.isEmpty, let baggage = ServiceContext.current?.baggage {
      for key in pipeline.settings.baggageFields {
        guard merged[key] == nil, let value = baggage[key] else { continue }
        merged[key] = .string(value)
      }
    }
    guard !merged.isEmpty else { return [] }
    return merged.map { ($0.key, $0.value) }.sorted { $0.key < $1.key }
  }
}

/// A failure that its program has recovered from, on its way through swift-log, which knows of no such thing.
package struct HandledError: Error, CustomStringConvertible {
  /// What was caught.
  package let failure: CapturedFailure
  package init(_ failure: CapturedFailure) { self.failure = failure }
  /// For the handlers of others.
  package var description: String { "\(failure.error)" }
}

extension FailureFields {
  /// What is known of a failure. One that was written before is only named.
  init(_ failure: CapturedFailure) {
    self.init(type: failure.type, message: failure.message)
    qualifiedType = failure.qualifiedType
    spans = failure.spans
    throwSpanID = failure.spanAtThrow?.spanID
    guard !failure.isRecorded(in: .log) else {
      sameAs = failure.id
      return
    }
    id = failure.id
    throwCount = failure.throwCount
    stack = failure.stack
    causes = failure.causes.map { Cause(type: $0.type, message: $0.message, stack: $0.stack) }
  }
}
