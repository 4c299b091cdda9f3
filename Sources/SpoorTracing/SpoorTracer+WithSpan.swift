// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// The standard API's functions on this concrete type. They have the same meaning, but the instant is known to be now,
/// so the wall clock is read once for each local root instead of at each start and end.
extension SpoorTracer {
  /// Starts a span, makes it the current one during `operation`, and ends it when `operation` returns or throws. An
  /// error is recorded, sets the status, and is rethrown.
  ///
  /// - Parameters:
  ///   - operationName: the name of the span.
  ///   - context: the context in which the span starts; by default the current one.
  ///   - kind: the kind of the span.
  ///   - function: the place of the call, as are `fileID` and `line`.
  ///   - operation: receives the span and must not end it.
  @inlinable
  public func withSpan<Result>(
    _ operationName: String, context: @autoclosure () -> ServiceContext = .current ?? .topLevel,
    ofKind kind: SpanKind = .internal, function: String = #function, file fileID: String = #fileID,
    line: UInt = #line, _ operation: (SpoorSpan) throws -> Result
  ) rethrows -> Result {
    let span = startSpanNow(
      operationName, context: context(), ofKind: kind, function: function, file: fileID, line: line)
    defer { span.end() }
    do {
      return try ServiceContext.$current.withValue(span.context) { try operation(span) }
    } catch {
      span.fail(error)
      throw error
    }
  }

  /// Runs an asynchronous operation in a span, on the caller's actor.
  @inlinable
  public func withSpan<Result>(
    _ operationName: String, context: @autoclosure () -> ServiceContext = .current ?? .topLevel,
    ofKind kind: SpanKind = .internal, isolation: isolated (any Actor)? = #isolation, function: String = #function,
    file fileID: String = #fileID, line: UInt = #line,
    _ operation: (SpoorSpan) async throws -> Result
  ) async rethrows -> Result {
    let span = startSpanNow(
      operationName, context: context(), ofKind: kind, function: function, file: fileID, line: line)
    defer { span.end() }
    do {
      return try await ServiceContext.$current.withValue(span.context) { try await operation(span) }
    } catch {
      span.fail(error)
      throw error
    }
  }

  /// Starts a span now; the caller must call its `end`.
  public func startSpan(
    _ operationName: String, context: @autoclosure () -> ServiceContext = .current ?? .topLevel,
    ofKind kind: SpanKind = .internal, function: String = #function, file fileID: String = #fileID,
    line: UInt = #line
  ) -> SpoorSpan {
    startSpanNow(operationName, context: context(), ofKind: kind, function: function, file: fileID, line: line)
  }
}

extension SpoorSpan {
  /// Ends the span now; only the first call counts.
  public func end() { core.endNow() }

  /// Records the error that the operation of a span has thrown.
  @usableFromInline
  func fail(_ error: any Error) {
    recordError(error)
    setStatus(SpanStatus(code: .error))
  }
}
