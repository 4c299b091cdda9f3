// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
public import Logging
internal import SpoorLogging
public import SpoorStacks
internal import SpoorTracing
internal import Tracing

// Four functions: the operation is async or not, and the fallback throws or not. The call compiles without `try` only
// if the fallback cannot throw.

/// Runs `operation`; if it throws, logs the failure, marks the active span, and returns the result of `fallback`.
///
/// The record has the stack of the throw, its causes and the spans around it, `error.handled` true, and the level
/// `warning` unless another is given.
///
/// ```swift
/// let answer = await withRecovery("payment_timeout", logger: log, metadata: ["order_id": "ORD7890"]) {
///   try await payments.charge(order)
/// } fallback: { failure in
///   .declined(because: failure.error)
/// }
/// ```
///
/// A `CancellationError` is neither logged nor recorded on the span; `fallback` gets it like any other error. With a
/// fallback that throws, it is rethrown instead.
public func withRecovery<Result>(
  _ event: Logger.Message, logger: Logger, level: Logger.Level = .warning,
  metadata: @autoclosure () -> Logger.Metadata = [:], isolation: isolated (any Actor)? = #isolation,
  file: String = #fileID, function: String = #function, line: UInt = #line,
  _ operation: () async throws -> Result, fallback: (CapturedFailure) async -> Result
) async -> Result {
  do {
    return try await operation()
  } catch {
    if error is CancellationError { return await fallback(CapturedFailure(error)) }
    let place = Recovery.Place(file: file, function: function, line: line)
    return await fallback(Recovery.note(error, event, logger, level, metadata(), place))
  }
}

/// Runs a synchronous `operation`; if it throws, logs the failure, marks the active span, and returns the result of
/// `fallback`.
public func withRecovery<Result>(
  _ event: Logger.Message, logger: Logger, level: Logger.Level = .warning,
  metadata: @autoclosure () -> Logger.Metadata = [:], file: String = #fileID, function: String = #function,
  line: UInt = #line, _ operation: () throws -> Result, fallback: (CapturedFailure) -> Result
) -> Result {
  do {
    return try operation()
  } catch {
    if error is CancellationError { return fallback(CapturedFailure(error)) }
    let place = Recovery.Place(file: file, function: function, line: line)
    return fallback(Recovery.note(error, event, logger, level, metadata(), place))
  }
}

/// Runs `operation`; if it throws, logs the failure, marks the active span, and returns the result of `fallback`, or
/// throws its error.
///
/// With `recoversCancellation` a `CancellationError` is logged and recovered from; otherwise it is rethrown, and
/// `fallback` does not run.
///
/// - Throws: the error of `fallback`, or a `CancellationError` of `operation`.
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
    let place = Recovery.Place(file: file, function: function, line: line)
    return try await fallback(Recovery.note(error, event, logger, level, metadata(), place))
  }
}

/// Runs a synchronous `operation`; if it throws, logs the failure, marks the active span, and returns the result of
/// `fallback`, or throws its error.
///
/// With `recoversCancellation` a `CancellationError` is logged and recovered from; otherwise it is rethrown, and
/// `fallback` does not run.
///
/// - Throws: the error of `fallback`, or a `CancellationError` of `operation`.
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
    let place = Recovery.Place(file: file, function: function, line: line)
    return try fallback(Recovery.note(error, event, logger, level, metadata(), place))
  }
}

enum Recovery {
  /// The place of the call.
  struct Place {
    let file: String
    let function: String
    let line: UInt
  }

  /// Writes one log record, and records the error on the span that is active at the catch.
  @inline(never)
  static func note(
    _ error: any Error, _ event: Logger.Message, _ logger: Logger, _ level: Logger.Level, _ metadata: Logger.Metadata,
    _ place: Place
  ) -> CapturedFailure {
    CapturedFailure.noteCatch(of: error)
    let span = ServiceContext.current?.activeSpan
    var failure = CapturedFailure(error, isHandled: true, sinks: [.log, .span])
    failure.spans = span?.namesOfSpans(around: failure) ?? []
    logger.log(
      level: level, event, error: HandledError(failure), metadata: metadata, file: place.file, function: place.function,
      line: place.line)
    span?.record(failure, attributes: [:], atNanoseconds: spoor_realtime_ns())
    return failure
  }
}
