internal import CSpoor
public import Logging
internal import SpoorLogging
public import SpoorStacks
internal import SpoorTracing
internal import Tracing

/// Runs `operation`; if it throws, logs the failure, marks the active span, and carries on with `fallback`.
///
/// The record has the stack of the throw, the causes and the spans around it, `error.handled` true, and the level `warning`
/// unless told otherwise. A `CancellationError` is passed
/// on, neither logged nor recovered from, unless `recoversCancellation`. What `fallback` throws is thrown.
///
/// ```swift
/// let answer = try await withRecovery("payment_timeout", logger: log, metadata: ["order_id": "ORD7890"]) {
///   try await payments.charge(order)
/// } fallback: { failure in
///   .declined(because: failure.error)
/// }
/// ```
public func withRecovery<Result>(
  _ event: Logger.Message, logger: Logger, level: Logger.Level = .warning,
  metadata: @autoclosure () -> Logger.Metadata = [:], recoversCancellation: Bool = false,
  isolation: isolated (any Actor)? = #isolation, file: String = #fileID, function: String = #function,
  line: UInt = #line, _ operation: () async throws -> Result,
  fallback: (CapturedFailure) async throws -> Result
) async throws -> Result {
  do {
    return try await operation()
  } catch {
    if error is CancellationError, !recoversCancellation { throw error }
    let failure = Recovery.note(
      error, event, logger, level, metadata(), file: file, function: function, line: line)
    return try await fallback(failure)
  }
}

/// The same for code that does not wait.
public func withRecovery<Result>(
  _ event: Logger.Message, logger: Logger, level: Logger.Level = .warning,
  metadata: @autoclosure () -> Logger.Metadata = [:], recoversCancellation: Bool = false, file: String = #fileID,
  function: String = #function, line: UInt = #line, _ operation: () throws -> Result,
  fallback: (CapturedFailure) throws -> Result
) throws -> Result {
  do {
    return try operation()
  } catch {
    if error is CancellationError, !recoversCancellation { throw error }
    let failure = Recovery.note(
      error, event, logger, level, metadata(), file: file, function: function, line: line)
    return try fallback(failure)
  }
}

enum Recovery {
  /// One record, and the error on the span that is active at the catch.
  @inline(never)
  static func note(
    _ error: any Error, _ event: Logger.Message, _ logger: Logger, _ level: Logger.Level, _ metadata: Logger.Metadata,
    file: String, function: String, line: UInt
  ) -> CapturedFailure {
    let span = ServiceContext.current?.activeSpan
    var failure = CapturedFailure(error, isHandled: true, sinks: [.log, .span])
    failure.spans = span?.namesOfSpans(around: failure) ?? []
    logger.log(
      level: level, event, error: HandledError(failure), metadata: metadata, file: file, function: function, line: line)
    span?.record(failure, attributes: [:], atNanoseconds: spoor_realtime_ns())
    return failure
  }
}
