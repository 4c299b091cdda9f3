internal import CSpoor
public import Logging
internal import SpoorContext
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
      let handled = error as? HandledError
      var failure = FailureFields(handled?.error ?? error)
      if handled != nil { failure.isHandled = true }
      failure.spans = active?.namesOfSpansAround ?? []
      record.failure = failure
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
    guard !merged.isEmpty else { return [] }
    return merged.map { ($0.key, $0.value) }.sorted { $0.key < $1.key }
  }
}

/// An error that its program has recovered from, on its way through swift-log, which knows of no such thing.
package struct HandledError: Error, CustomStringConvertible {
  /// The error as it was thrown.
  package let error: any Error
  package init(_ error: any Error) { self.error = error }
  /// For the handlers of others.
  package var description: String { "\(error)" }
}

extension FailureFields {
  /// What is known of an error without its stack.
  init(_ error: any Error) {
    self.init(type: String(reflecting: Swift.type(of: error)), message: String(describing: error))
  }
}
