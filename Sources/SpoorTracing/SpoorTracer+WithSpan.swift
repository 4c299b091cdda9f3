public import Tracing

/// What the standard API has for every tracer, on this one's own type: with the same meaning, and an instant that is known to
/// be now. So the wall clock is not read for each start and end, but once for each local root.
extension SpoorTracer {
  /// Starts a span, makes it the current one for `operation`, and ends it when that returns or throws. An error is recorded,
  /// sets the status, and is thrown on.
  ///
  /// - Parameters:
  ///   - operationName: the span's name.
  ///   - context: what the span is started in; the current context unless given.
  ///   - kind: its kind.
  ///   - function: where it is started, as are `fileID` and `line`.
  ///   - operation: gets the span. It must not end it.
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

  /// The same for an asynchronous operation, on the caller's actor.
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

  /// Starts a span now, to be ended by its `end`.
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

  /// What the operation of a span has thrown.
  @usableFromInline
  func fail(_ error: any Error) {
    recordError(error)
    setStatus(SpanStatus(code: .error))
  }
}
