// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
public import Logging
internal import SpoorContext
package import SpoorStacks
internal import SpoorTracing
internal import Tracing

/// A swift-log handler that writes JSON records with the trace and span id of the current span.
///
/// `SpoorSystem` installs it with `LoggingSystem.bootstrap`. It can also be one of several handlers in a
/// `MultiplexLogHandler`.
public struct SpoorLogHandler: LogHandler {
  private let label: LogLabel
  private let pipeline: LogPipeline
  /// Fields of every record of this logger. Fields of the provider and of the call take precedence.
  public var metadata: Logger.Metadata = [:]
  /// Called on the caller's task for each record that is written.
  public var metadataProvider: Logger.MetadataProvider?
  /// The lowest level that is written. By default it is the configured level of the label and follows changes at run
  /// time; once it is set, it is this logger's own.
  ///
  /// If records are held until their trace fails (`SPOOR_LOG_HELD_LEVEL`), it returns the lower of both levels, because
  /// swift-log reads it before it passes a record on.
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

  private func source(of event: LogEvent) -> LogSource? {
    guard pipeline.settings.recordsSource else { return nil }
    return LogSource(module: event.source, file: event.file, line: event.line)
  }

  /// Writes a record.
  public func log(event: LogEvent) {
    if let error = event.error { CapturedFailure.noteCatch(of: error) }
    if pipeline.heldLines != nil, event.level < writtenLevel { return hold(event) }
    var suppressed = 0
    if let repeated = pipeline.repeatedLines {
      switch repeated.verdict(on: event.message.description, level: event.level, logger: label.name) {
      case .suppressed: return
      case .written(let before): suppressed = before
      }
    }
    spoor_thread_prepare()  // Lets a crash on this thread be recorded, including a stack overflow.
    if event.error == nil, event.level < .error, suppressed == 0, metadata.isEmpty, metadataProvider == nil,
      pipeline.settings.baggageFields.isEmpty, !pipeline.settings.recordsSource, logPlainly(event)
    {
      return
    }
    var record = LogRecord(
      time: spoor_realtime_ns(), level: event.level, message: event.message.description, logger: label.name,
      trace: LogTrace.current, fields: fields(of: event, suppressed: suppressed))
    record.source = source(of: event)
    if let error = event.error, !isCancellation(error) {
      let failure = (error as? HandledError)?.failure ?? CapturedFailure(error, sinks: .log)
      // An error that is logged after its span has ended still belongs to the trace of its throw.
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
    pipeline.writeInTrace(record)
  }

  /// The fast path for nearly all records: a message and the call's own fields.
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

  /// Holds a record below the written level until its trace fails; outside a trace it is dropped.
  private func hold(_ event: LogEvent) {
    guard let trace = LogTrace.current else { return }
    var record = LogRecord(
      time: spoor_realtime_ns(), level: event.level, message: event.message.description, logger: label.name,
      trace: trace, fields: fields(of: event, suppressed: 0))
    record.source = source(of: event)
    pipeline.hold(record, of: trace)
  }

  /// Whether an error only means that the task was cancelled, and cancellation does not count as a failure.
  private func isCancellation(_ error: any Error) -> Bool {
    !pipeline.settings.cancellationIsError
      && (error is CancellationError || (error as? HandledError)?.failure.error is CancellationError)
  }

  /// The fields of the call, the provider and this logger, and the configured entries of the request's baggage.
  private func fields(of event: LogEvent, suppressed: Int) -> LogFields {
    var call = event.metadata ?? [:]
    if let error = event.error, isCancellation(error) { call["cancelled"] = .stringConvertible(true) }
    if suppressed > 0 { call["lines_suppressed"] = .stringConvertible(suppressed) }
    return LogFields(
      call: call, provided: metadataProvider?.get() ?? [:], own: metadata,
      baggage: pipeline.settings.baggageOfCurrentContext)
  }
}

/// A wrapper that carries a recovered failure through swift-log, which only accepts errors.
package struct HandledError: Error, CustomStringConvertible {
  /// The error that was caught.
  package let failure: CapturedFailure
  package init(_ failure: CapturedFailure) { self.failure = failure }
  /// The description that other log handlers write.
  package var description: String { "\(failure.error)" }
}

extension FailureFields {
  /// The fields of a failure. A failure that was written before is only referenced.
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
    rethrownAt = failure.rethrownAt
    causes = failure.causes
  }
}
