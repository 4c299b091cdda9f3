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
  private let label: LogLabel
  private let pipeline: LogPipeline
  /// Fields of every record of this logger; those of the provider and of the call come before them.
  public var metadata: Logger.Metadata = [:]
  /// Asked on the caller's task for each record that is written.
  public var metadataProvider: Logger.MetadataProvider?
  /// Records below it are not written. Set, it is this logger's own from then on; else it is what the configuration says
  /// for its label, and follows changes at run time.
  ///
  /// Where records are kept back until their trace fails (`SPOOR_LOG_HELD_LEVEL`), it reads as the lower of both levels:
  /// swift-log asks it before it hands a record on.
  public var logLevel: Logger.Level {
    get {
      guard let held = pipeline.settings.heldLevel else { return writtenLevel }
      return min(held, writtenLevel)
    }
    set { ownLevel = newValue }
  }

  private var writtenLevel: Logger.Level { ownLevel ?? levelOfLabel?.level ?? .info }

  private var ownLevel: Logger.Level?
  private let levelOfLabel: LogLevels.Cell?

  package init(
    label: String, pipeline: LogPipeline, level: Logger.Level? = nil, levels: LogLevels? = nil,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = pipeline.label(label)
    self.pipeline = pipeline
    ownLevel = level
    levelOfLabel = levels?.cell(for: label)
    self.metadataProvider = metadataProvider
  }

  /// One field of every record of this logger.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a record.
  public func log(event: LogEvent) {
    if pipeline.heldLines != nil, event.level < writtenLevel { return hold(event) }
    var suppressed = 0
    if let repeated = pipeline.repeatedLines {
      switch repeated.verdict(on: event.message.description, level: event.level, logger: label.name) {
      case .suppressed: return
      case .written(let before): suppressed = before
      }
    }
    spoor_thread_prepare()  // So that a crash on this thread can be recorded, a stack overflow included.
    if event.error == nil, event.level < .error, suppressed == 0, metadata.isEmpty, metadataProvider == nil,
      pipeline.settings.baggageFields.isEmpty, logPlainly(event)
    {
      return
    }
    var record = LogRecord(
      time: spoor_realtime_ns(), level: event.level, message: event.message.description, logger: label.name,
      trace: LogTrace.current, fields: fields(of: event, suppressed: suppressed))
    if let error = event.error {
      let failure = (error as? HandledError)?.failure ?? CapturedFailure(error, sinks: .log)
      // Logged when its span is over, it belongs to the trace of its throw all the same.
      if record.trace == nil, let span = failure.spanAtThrow {
        record.trace = LogTrace(
          traceIDHigh: span.traceIDHigh, traceIDLow: span.traceIDLow, spanID: span.spanID, isSampled: span.slot != nil)
      }
      var fields = FailureFields(failure)
      if error is HandledError { fields.isHandled = true }
      if fields.spans.isEmpty { fields.spans = ServiceContext.current?.activeSpan?.namesOfSpans(around: failure) ?? [] }
      if let trace = record.trace, !failure.isRecorded(in: .log) { fields.breadcrumbs = pipeline.breadcrumbs.of(trace) }
      record.failure = fields
    }
    if let trace = record.trace {
      // Before it, what led there.
      if event.level >= .error { pipeline.release(high: trace.traceIDHigh, low: trace.traceIDLow) }
      pipeline.breadcrumbs.add(.text(record.message), time: record.time, level: record.level, to: trace)
    }
    pipeline.write(record)
  }

  /// Writes what nearly all records are: a message and the call's own fields.
  @inline(__always)
  private func logPlainly(_ event: LogEvent) -> Bool {
    let head = LogHead(
      time: spoor_realtime_ns(), level: event.level, event: event.message.description,
      trace: LogTrace.current)
    guard pipeline.write(head, label, event.metadata ?? [:]) else { return false }
    if let trace = head.trace {
      pipeline.breadcrumbs.add(.text(head.event), time: head.time, level: head.level, to: trace)
    }
    return true
  }

  /// Below the written level: kept until its trace fails; outside a trace it is dropped.
  private func hold(_ event: LogEvent) {
    guard let trace = LogTrace.current else { return }
    let record = LogRecord(
      time: spoor_realtime_ns(), level: event.level, message: event.message.description, logger: label.name,
      trace: trace, fields: fields(of: event, suppressed: 0))
    pipeline.hold(record, of: trace)
  }

  /// The call's fields, the provider's, this logger's, and the request's baggage as far as it is asked for.
  private func fields(of event: LogEvent, suppressed: Int) -> LogFields {
    var call = event.metadata ?? [:]
    if suppressed > 0 { call["lines_suppressed"] = .stringConvertible(suppressed) }
    return LogFields(
      call: call, provided: metadataProvider?.get() ?? [:], own: metadata,
      baggage: pipeline.settings.baggageOfCurrentContext)
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
